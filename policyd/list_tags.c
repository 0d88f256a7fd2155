/*
 * See list_tags.h. Called when bulwark.conf and profiles are built.
 */
#include <string.h>

#include "list_tags.h"

bool
list_tag_is_plain(const char *tag)
{
	size_t len = strlen(tag);

	return len > 0 && len <= LIST_TAG_MOST && strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

enum setting
list_setting(const char *tag)
{
	static const struct { const char *tag; enum setting setting; } tags[] = {
		{ "malware", SETTING_LISTS_THREATS }, { "phishing", SETTING_LISTS_THREATS },
		{ "tracking", SETTING_LISTS_TRACKING }, { "ads", SETTING_LISTS_TRACKING },
		{ "telemetry", SETTING_LISTS_TRACKING },
	};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (strcmp(tags[i].tag, tag) == 0)
			return tags[i].setting;
	return SETTING_LISTS_OTHERS;
}
