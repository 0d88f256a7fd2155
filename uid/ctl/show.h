/*
 * Everything that is written to a terminal goes through here: no byte of
 * foreign text reaches it as a control character. Lines fit the terminal's
 * width or go on below, colours are only for terminals (and not where NO_COLOR is set).
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#define FILTER_HELP \
	"FILTER is KEY:VALUE[,VALUE...]; all keys must fit, of each key one value:\n" \
	"  app:curl app:/usr/bin/curl app:python* profile:NAME verdict:block user:alice uid:1000\n" \
	"  pid:1234 port:443 proto:udp direction:in address:192.0.2.0/24\n" \
	"  container:docker/3f2a9c0d1e5b container:3f2a9c0d1e5b container:docker/*\n" \
	"  of what the monitor shows beside flows: verdict:resolved,blocked,refused,asked,below\n"

enum colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, CYAN };

#define LINE_BYTES	32768

struct line {
	FILE		*to;
	size_t		 len;
	unsigned	 column, width;		/* width 0: no end */
	enum colour	 colour;
	bool		 colours;
	bool		 cut;
	bool		 wraps;
	unsigned	 indent;		/* of what goes on below */
	size_t		 space;			/* where it may break: just behind the last space; 0: nowhere */
	unsigned	 space_column;
	char		 text[LINE_BYTES];
};

void	show_start(void);		/* looks at terminal, locale and environment */
bool	show_on_terminal(void);		/* stdout is one */

void	line_start(struct line *, FILE *);
void	line_colour(struct line *, enum colour);
void	line_put(struct line *, const char *);
/* Any bytes, so that one can tell them from what is shown: a backslash is doubled. */
void	line_bytes(struct line *, const char *, size_t);
void	line_print(struct line *, const char *, ...) __attribute__((format(printf, 2, 3)));
void	line_pad(struct line *, unsigned column);	/* spaces up to this column, at least one */
/* From here on what does not fit goes on below, indented, instead of being cut. */
void	line_wrap(struct line *, unsigned indent);
/* With line_wrap(): a text that is not broken where it fits into a line of its own. */
void	line_whole(struct line *, const char *);
void	line_end(struct line *);			/* writes it with a newline */

/*
 * The bytes of a member that JSON may hold in two forms (KEY, and KEY_bytes in
 * hex when KEY lost something). Returns the length; 0 when there is none.
 */
size_t	show_bytes_of(const json_t *object, const char *key, char *to, size_t room);

/* JSON from a peer, for a person's terminal or pipe: one line, harmless. */
void	show_json(const json_t *);
void	show_json_error(const char *code, const char *text);

/* Rows of cells; the last columns are cut first when the terminal is narrow. */
struct table;
struct table	*table_new(unsigned columns);
/* Any text; it is copied, and made harmless when it is printed. */
void		 table_cell(struct table *, const char *);
void		 table_print(const struct table *);
void		 table_free(struct table *);

#endif
