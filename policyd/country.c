/*
 * Codes of countries; see geo.h.
 */
#include <string.h>

#include "geo.h"

/* ISO 3166-1 alpha-2, officially assigned, and xk. */
static const char codes[] =
    "adaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjblbmbnbobqbrbsbtbvbwbybzcacccdcfcgchcickclcmcncocrcucvcwcxcycz"
    "dedjdkdmdodzeceeegeheresetfifjfkfmfofrgagbgdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuidieiliminioiqirisit"
    "jejmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemfmgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymz"
    "nancnenfngninlnonpnrnunzompapepfpgphpkplpmpnprpsptpwpyqarerorsrurwsasbscsdsesgshsisjskslsmsnsosrssstsvsxsysz"
    "tctdtftgthtjtktltmtntotrtttvtwtzuaugumusuyuzvavcvevgvivnvuwfwsxkyeytzazmzw";

uint16_t
country_of(const char *code, size_t len)
{
	unsigned letter[2];

	if (len != 2)
		return 0;
	for (unsigned i = 0; i < 2; i++)
		if ((letter[i] = ((unsigned)(uint8_t)code[i] | 0x20) - 'a') >= 26)
			return 0;
	return (uint16_t)(1 + letter[0] * 26 + letter[1]);
}

void
country_name(uint16_t country, char out[3])
{
	unsigned n = country == 0 || country > COUNTRY_MOST ? 0 : country - 1u;

	out[0] = (char)('A' + n / 26);
	out[1] = (char)('A' + n % 26);
	out[2] = '\0';
}

bool
country_exists(uint16_t country)
{
	for (size_t i = 0; i + 1 < sizeof codes; i += 2)
		if (country_of(codes + i, 2) == country)
			return country != 0;
	return false;
}
