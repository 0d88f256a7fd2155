/*
 * WHO_NAMESPACES: the oldest process of each network namespace.
 */
#ifndef WHO_NAMESPACES_H
#define WHO_NAMESPACES_H

void	namespaces_tell(void);	/* answers_init() */
/* Some process was named: the answer may be complete now. */
void	namespaces_ready(void);

#endif
