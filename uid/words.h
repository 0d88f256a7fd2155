/*
 * The words that JSON uses for the suite's enumerations, both ways. Stable:
 * docs/api.md lists them.
 */
#ifndef UID_WORDS_H
#define UID_WORDS_H

#include <stdbool.h>
#include <stdint.h>

const char	*word_action(unsigned action);		/* "accept" ... */
const char	*word_direction(unsigned direction);
const char	*word_owner(unsigned owner);
const char	*word_source(unsigned source);
const char	*word_level(unsigned level);
const char	*word_rules(unsigned rules_state);
const char	*word_state(unsigned process_state);
const char	*word_below(unsigned below_way);		/* "open" ... */
const char	*word_notice(unsigned notice_level);
const char	*word_process_flag(unsigned bit);	/* of the flag 1 << bit; NULL beyond the last */
const char	*word_question(unsigned names_word);	/* "resolved" ... */
const char	*word_validation(unsigned names_validation);
const char	*word_transport(unsigned names_transport);
const char	*word_proof(unsigned names_proof);	/* "name" ... */
const char	*word_rcode(unsigned rcode);		/* "NXDOMAIN" ..., or NULL */
const char	*word_qtype(unsigned qtype);		/* "AAAA" ..., or NULL */
const char	*word_protocol(unsigned proto);		/* "tcp" ..., or NULL: it has only a number */

/* A number for each word of the monitor's second column: of a flow its enum action, else these. */
unsigned	 outcome_question(unsigned names_word);
unsigned	 outcome_below(bool refused);	/* refused: that of a refused question */

/* 0 when the word is none of them; otherwise its number (word_to_protocol: -1). */
unsigned	 word_to_outcome(const char *);
unsigned	 word_to_direction(const char *);
int		 word_to_protocol(const char *);	/* decimal numbers too */
/* Also TYPE65 (RFC 3597, 5), and in small letters. */
unsigned	 word_to_qtype(const char *);

/* A verdict's number, as people are shown it: 1710 and its like. */
unsigned	 mark_of(unsigned action, bool permanent);

#endif
