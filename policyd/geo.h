/*
 * Countries and networks (autonomous systems) of Internet addresses.
 */
#ifndef POLICYD_GEO_H
#define POLICYD_GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A country: 1 + 26 * first letter + second letter of its code (ISO 3166-1); 0: not known. */
#define COUNTRY_MOST	(26 * 26)
struct countries {
	uint64_t	bits[(COUNTRY_MOST + 1 + 63) / 64];
};

/* Two letters of either case; 0 for anything else. */
uint16_t	country_of(const char *code, size_t len);
/* Is it assigned (or XK, Kosovo, which databases use)? */
bool		country_exists(uint16_t);
void		country_name(uint16_t, char out[3]);

static inline bool
countries_have(const struct countries *c, uint16_t country)
{
	return (c->bits[country / 64] >> country % 64 & 1) != 0;
}

static inline void
countries_add(struct countries *c, uint16_t country)
{
	c->bits[country / 64] |= UINT64_C(1) << country % 64;
}

/* Where one address lies, as far as it was asked for. */
struct whereabouts {
	const uint8_t	*of;		/* the address; another one: nothing is known */
	bool		 country_found, as_found;	/* the database was asked */
	uint16_t	 country;	/* 0: not known */
	uint32_t	 as;		/* 0: not known */
};

/*
 * Databases in the format of MaxMind: country.mmdb and as.mmdb of a folder. One that is missing or broken knows
 * nothing. geo_new() reads none yet and never returns NULL. Each is a copy in memory (megabytes), so only what
 * geo_want() said last is kept: at first neither. geo_look() reads one that is wanted and changed, since each takes some
 * milliseconds, calls told() if it can't be used, and returns true if verdicts may be others now.
 */
struct geo;
typedef void	geo_told(const char *name, const char *why);
struct geo	*geo_new(const char *folder);
void		 geo_want(struct geo *, bool countries, bool as);
bool		 geo_look(struct geo *, geo_told *);
void		 geo_free(struct geo *);
bool		 geo_has_countries(const struct geo *);	/* is that one in memory? */
bool		 geo_has_as(const struct geo *);

/* Both look once and keep it. Without databases (NULL) nothing is known. No wait, no memory taken. */
uint16_t	geo_country(const struct geo *, uint8_t family, const uint8_t address[16], struct whereabouts *);
uint32_t	geo_as(const struct geo *, uint8_t family, const uint8_t address[16], struct whereabouts *);

#endif
