/*
 * Do the servers pass signatures on? Some routers' do not, and then nothing of a signed
 * zone could be proved. Found out by asking for the root's keys.
 */
#ifndef RESOLVERD_PROBE_H
#define RESOLVERD_PROBE_H

#include <stdbool.h>

struct event_base;

/* found() is called with each result that differs from the one before. After resolve_init(). */
void	probe_init(struct event_base *, void (*found)(bool signatures));
/* Asks now, and again while there are none or no answer came. */
void	probe_begin(void);
void	probe_end(void);

#endif
