/*
 * Countries and AS of addresses: by good databases, by broken ones, by values that were written to harm.
 */
/* links: policyd/geo.c policyd/geo_value.c policyd/country.c policyd/scope.c */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "geo.h"
#include "geo_value.h"
#include "temp_folder.h"

#define DATA "tests/data/mmdb/"

static char told[400];

static void
on_told(const char *name, const char *why)
{
	size_t used = strlen(told);

	snprintf(told + used, sizeof told - used, "%s: %s\n", name, why);
}

/* A copy of a database, under its name in the folder. */
static void
copy(const char *from, const char *name, size_t most)
{
	char command[600];

	snprintf(command, sizeof command, "head -c %zu " DATA "%s >%s.new && mv %s.new %s", most, from, place(name),
	    place(name), place(name));
	cr_assert_eq(system(command), 0);
}

static struct geo *
start(const char *country, const char *as)
{
	struct geo *geo;

	folder_start();
	told[0] = '\0';
	if (country != NULL)
		copy(country, "country.mmdb", 1u << 20);
	if (as != NULL)
		copy(as, "as.mmdb", 1u << 20);
	geo = geo_new(top);
	geo_want(geo, true, true);
	while (geo_look(geo, on_told))
		;
	return geo;
}

static void
finish(struct geo *geo)
{
	geo_free(geo);
	folder_finish();
}

/* "SE 29518"; -- and 0 where it is not known. */
static const char *
find(const struct geo *geo, const char *text)
{
	static char out[40];
	struct whereabouts w = { .of = NULL };
	uint8_t family = strchr(text, ':') != NULL ? 6 : 4, address[16] = { 0 };
	uint16_t country;
	char name[3];

	cr_assert_eq(inet_pton(family == 6 ? AF_INET6 : AF_INET, text, address), 1);
	country = geo_country(geo, family, address, &w);
	country_name(country, name);
	snprintf(out, sizeof out, "%s %u", country == 0 ? "--" : name, geo_as(geo, family, address, &w));
	return out;
}

Test(geo, finds)
{
	static const struct { const char *address, *place; } rows[] = {
		{ "89.160.20.113", "SE 29518" }, { "2.125.160.216", "GB 0" }, { "1.128.0.1", "-- 1221" },
		{ "192.0.2.1", "-- 0" }, { "2001:218::1", "JP 0" }, { "::ffff:89.160.20.113", "SE 29518" },
		{ "64:ff9b::89.160.20.113", "SE 29518" }, { "2002:59a0:1471::1", "SE 29518" },
		{ "2001:0:1:2:3:4:a65f:eb8e", "SE 29518" },	/* Teredo: stored inverted */
		{ "255.255.255.255", "-- 0" }, { "::", "-- 0" }, { "2600:6000::1", "-- 237" },
	};
	struct geo *geo = start("GeoLite2-Country-Test.mmdb", "GeoLite2-ASN-Test.mmdb");

	cr_expect_str_eq(told, "");
	cr_expect(geo_has_countries(geo) && geo_has_as(geo));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_str_eq(find(geo, rows[i].address), rows[i].place, "%s: %s, wanted %s", rows[i].address,
		    find(geo, rows[i].address), rows[i].place);
	cr_expect_str_eq(find(NULL, "89.160.20.113"), "-- 0");
	finish(geo);
}

/* Files come, change and go; each is told of once. */
Test(geo, follows_its_folder)
{
	struct geo *geo = start(NULL, NULL);

	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "-- 0");
	copy("GeoLite2-Country-Test.mmdb", "country.mmdb", 1u << 20);
	cr_expect(geo_look(geo, on_told));
	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "SE 0");
	/* Cut short while it is in use: what was read stays in memory. */
	cr_assert_eq(truncate(place("country.mmdb"), 0), 0);
	cr_expect_str_eq(find(geo, "89.160.20.113"), "SE 0");
	cr_expect(geo_look(geo, on_told));
	cr_expect_str_neq(told, "");
	cr_expect_str_eq(find(geo, "89.160.20.113"), "-- 0");
	told[0] = '\0';
	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(told, "");
	copy("GeoLite2-ASN-Test.mmdb", "as.mmdb", 1u << 20);
	cr_expect(geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "-- 29518");
	cr_assert_eq(unlink(place("as.mmdb")), 0);
	cr_expect(geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "-- 0");
	cr_assert_eq(mkdir(place("as.mmdb"), 0755), 0);
	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(told, "as.mmdb: it is no file\n");
	cr_assert_eq(rmdir(place("as.mmdb")), 0);
	finish(geo);
}

/* Only what is wanted is kept, and taken again when it is wanted again. */
Test(geo, only_what_is_wanted)
{
	struct geo *geo = start("GeoLite2-Country-Test.mmdb", "GeoLite2-ASN-Test.mmdb");

	geo_want(geo, false, true);
	cr_expect(!geo_has_countries(geo) && geo_has_as(geo));
	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "-- 29518");
	geo_want(geo, true, false);
	cr_expect(geo_look(geo, on_told));
	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "SE 0");
	geo_want(geo, true, false);	/* the same again: stays */
	cr_expect(geo_has_countries(geo));
	cr_expect(!geo_look(geo, on_told));
	geo_want(geo, false, false);
	cr_expect(!geo_look(geo, on_told));
	cr_expect_str_eq(find(geo, "89.160.20.113"), "-- 0");
	finish(geo);
	geo = geo_new("tests/data/geo");
	cr_expect(!geo_look(geo, on_told), "at first neither");
	geo_free(geo);
}

static const char *const broken[] = {
	"GeoIP2-City-Test-Invalid-Node-Count.mmdb", "MaxMind-DB-test-broken-pointers-24.mmdb",
	"MaxMind-DB-test-broken-search-tree-24.mmdb", "cyclic-data-structure.mmdb", "libmaxminddb-deep-nesting.mmdb",
	"libmaxminddb-offset-integer-overflow.mmdb", "libmaxminddb-oversized-map.mmdb", "GeoLite2-Country-Test.mmdb",
};

/* Each broken file, also cut short, gives no wrong country, and no look takes long. */
Test(geo, broken_files, .timeout = 60)
{
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		for (size_t cut = 0; cut < 3; cut++) {
			struct geo *geo = start(broken[i], broken[i]);

			if (cut > 0) {
				copy(broken[i], "country.mmdb", cut == 1 ? 200 : 1000);
				copy(broken[i], "as.mmdb", cut == 1 ? 200 : 1000);
				(void)geo_look(geo, on_told);
				(void)geo_look(geo, on_told);
			}
			for (unsigned k = 0; k < 3000; k++) {
				uint8_t address[16] = { (uint8_t)(k >> 4), (uint8_t)(k << 4), 3, 4 };
				struct whereabouts w = { .of = NULL };

				(void)geo_country(geo, k % 2 ? 4 : 6, address, &w);
				(void)geo_as(geo, k % 2 ? 4 : 6, address, &w);
			}
			finish(geo);
		}
}

/* Values: what a map has under "a". */
static const char *
value_of(const char *bytes, size_t size)
{
	static char out[40];
	struct geo_data d = { .bytes = (const uint8_t *)bytes, .size = size };
	struct geo_value map, v;
	uint32_t number;

	if (!geo_value_at(&d, 0, &map))
		return "no map";
	if (!geo_value_in(&d, &map, "a", &v))
		return d.looked > GEO_VALUES_MOST ? "too long" : "none";
	if (geo_value_number(&d, &v, &number))
		snprintf(out, sizeof out, "%u", number);
	else
		snprintf(out, sizeof out, "type %u size %u", v.type, v.size);
	return out;
}
#define VALUE(bytes)	value_of(bytes, sizeof bytes - 1)

Test(geo, values)
{
	static char deep[4000];

	cr_expect_str_eq(VALUE(""), "no map");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\xc1\x07"), "7");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\xc0"), "0");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\xc4\xff\xff\xff\xff"), "4294967295");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\xc5\0\0\0\0\1"), "type 6 size 5");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\xc2\x07"), "type 6 size 2");	/* its bytes are missing */
	cr_expect_str_eq(VALUE("\xe2" "\x41" "b" "\x42" "xx" "\x41" "a" "\xc1\x07"), "7");
	cr_expect_str_eq(VALUE("\xe2" "\x41" "b" "\xe1\x41" "a" "\xc1\x01" "\x41" "a" "\xc1\x07"), "7");
	cr_expect_str_eq(VALUE("\xe2" "\x41" "b" "\x02\x04\x41" "x\xe0" "\x41" "a" "\xc1\x07"), "7");	/* an array */
	cr_expect_str_eq(VALUE("\xe2" "\x41" "b" "\x01\x07" "\x41" "a" "\xc1\x07"), "7");	/* true */
	cr_expect_str_eq(VALUE("\xe1" "\x20\x05" "\xc1\x07" "\0" "\x41" "a"), "none");	/* key at 5: another byte */
	cr_expect_str_eq(VALUE("\xe1" "\x20\x05" "\xc1\x07" "\x41" "a"), "7");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\x20\x05" "\xc1\x09"), "9");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\x20\x03"), "none");	/* to itself */
	cr_expect_str_eq(VALUE("\xe1" "\x41" "a" "\x27\xff"), "none");	/* far out */
	cr_expect_str_eq(VALUE("\x20\x00"), "no map");
	cr_expect_str_eq(VALUE("\xe1" "\x5f\xff\xff\xff" "a"), "none");
	cr_expect_str_eq(VALUE("\xff\xff\xff\xff" "\x41" "b" "\x41" "b"), "none");
	cr_expect_str_eq(VALUE("\xe1" "\x41" "b"), "none");
	cr_expect_str_eq(VALUE("\x1f"), "no map");
	memset(deep, '\xe1', sizeof deep);
	memcpy(deep, "\xe2\x41" "b", 3);
	cr_expect_str_eq(value_of(deep, sizeof deep), "too long");
}

Test(geo, codes)
{
	unsigned count = 0;
	char name[3];

	for (unsigned c = 0; c <= UINT16_MAX; c++)
		if (country_exists((uint16_t)c)) {
			count++;
			country_name((uint16_t)c, name);
			cr_assert_eq(country_of(name, 2), c);
		}
	cr_assert_eq(count, 250);	/* 249 of ISO 3166-1 (2025), and XK */
	cr_assert(country_exists(country_of("ch", 2)) && country_exists(country_of("Zw", 2)));
	cr_assert(!country_exists(country_of("eu", 2)) && !country_exists(country_of("zz", 2)));
	cr_assert_eq(country_of("c", 1) | country_of("chf", 3) | country_of("c1", 2) | country_of("[a", 2), 0);
}

/* Lists of ranges made into a database, by the program that `make` uses. */
Test(geo, compile)
{
	static const struct { const char *address, *place; } rows[] = {
		{ "192.0.2.0", "-- 64496" }, { "192.0.2.255", "-- 64496" }, { "192.0.3.0", "-- 0" }, { "192.0.1.255", "-- 0" },
		{ "198.51.100.7", "-- 4294967295" }, { "198.51.100.6", "-- 0" }, { "198.51.100.8", "-- 64496" },
		{ "198.51.100.20", "-- 64496" }, { "198.51.100.21", "-- 0" }, { "0.0.0.0", "-- 1" }, { "255.255.255.255", "-- 2" },
		{ "2001:db8::", "-- 3" }, { "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "-- 3" }, { "2001:db8:1::", "-- 0" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-- 4" }, { "192.0.2.128", "-- 64497" },
	};
	struct geo *geo = start(NULL, NULL);
	char self[PATH_MAX], command[2 * PATH_MAX + 100], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	cr_assert_gt(n, 0);
	self[n] = '\0';
	slash = strstr(self, "/tests/unit/");
	cr_assert_not_null(slash);
	*slash = '\0';
	put("4.csv", "0.0.0.0,0.0.0.0,1,x\n192.0.2.0,192.0.2.255,64496,\"a, b\"\n198.51.100.7,198.51.100.7,4294967295\n"
	    "198.51.100.8,198.51.100.20,64496\n255.255.255.255,255.255.255.255,2\n192.0.2.128,192.0.2.128,64497\n"
	    "203.0.113.0,203.0.113.255,0\n");
	put("6.csv", "2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,3\n"
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,4\n");
	snprintf(command, sizeof command, "cd %s && %s/policyd/geo/compile 4.csv 6.csv >as.mmdb", top, self);
	cr_assert_eq(system(command), 0);
	cr_assert(geo_look(geo, on_told), "%s", told);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_str_eq(find(geo, rows[i].address), rows[i].place, "%s: %s, wanted %s", rows[i].address,
		    find(geo, rows[i].address), rows[i].place);
	put("4.csv", "192.0.2.9,192.0.2.8,1\n");
	cr_expect_neq(system(command), 0);
	finish(geo);
}
