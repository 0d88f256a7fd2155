/*
 * Settings: what happens where no profile says it, one value a level. They
 * are set in bulwark.conf; a higher level's value is never milder than a
 * lower one's, and a locked setting is never milder at Fortress than built in.
 */
#ifndef POLICYD_SETTINGS_H
#define POLICYD_SETTINGS_H

#include "rules.h"

enum setting {
	SETTING_DEFAULT_OUTGOING,
	SETTING_INCOMING,
	SETTING_UNKNOWN_ORIGIN,
	SETTING_UNPROVEN,
	SETTING_DIRECT,
	SETTING_LAN,
	SETTING_FORWARDED,
	SETTING_HOST_OTHER_USERS,
	SETTING_REFUSE_AT_ONCE,
	SETTING_NAMESERVER,
	SETTING_TUNNEL,
	SETTING_PACKET_SOCKETS,		/* what is below all checks */
	SETTING_DNSSEC,			/* from here on: how the suite's resolver answers */
	SETTING_ENCRYPTED_DNS,
	SETTING_DESIGNATED,
	SETTING_REBINDING,
	SETTING_NETWORK_NAMES,
	SETTING_CAPTIVE,
	SETTING_MULTICAST_NAMES,
	SETTING_BLOCKED_ANSWER,
	SETTING_IGNORE_NETWORK,		/* from here on: kept and shown; what acts on them comes later */
	SETTING_FORWARD_SPECIAL,
	SETTING_TLS,
	SETTING_CLEAR_TEXT,
	SETTING_DEFENCE,
	SETTING_ATTACK,
	SETTING_TUNNEL_ALL,
	SETTING_TUNNEL_HOPS,
	SETTING_LOCK_ON_CHANGE,
	SETTING_DNS_BYPASS,		/* from here on: checks 15 and 16 */
	SETTING_LOCAL_DISCOVERY,
	SETTING_LISTS_THREATS,
	SETTING_LISTS_TRACKING,
	SETTING_LISTS_OTHERS,
	SETTING_LISTS_ALIASES,
	SETTING_MACHINE_NAMES,
	SETTINGS_COUNT,
};

struct settings {
	uint8_t		value[SETTINGS_COUNT][LEVEL_MAX + 1];	/* enum value; by enum level, [0] unused */
	bool		stated[SETTINGS_COUNT];
	struct where	where[SETTINGS_COUNT];
};

struct setting_info {
	const char	*name;
	unsigned	 values;		/* 1 << enum value */
	uint8_t		 builtin[LEVEL_MAX + 1];
	bool		 locked;		/* at Fortress */
	bool		 ordered;		/* its values go from mild to strict */
	const char	*explain;
};
extern const struct setting_info setting_infos[SETTINGS_COUNT];

/* A switch is on or off at each level; all others are a choice of values. */
bool	setting_is_switch(const struct setting_info *);

void	settings_builtin(struct settings *);
/* At each level what is built in for Fortress, as if the line said it. */
void	settings_strictest(struct settings *, struct where);
/* One "set" statement. Errors go to diag, and the setting stays as it was. */
void	settings_read(struct settings *, const struct ast_statement *, const struct file *, struct diag *);
/* What a file says that can't be read to its end: only what is stricter than before counts. */
void	settings_tighten(struct settings *, const struct settings *);

#endif
