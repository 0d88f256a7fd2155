/*
 * profile edit, import and export: the administrator's files of profiles.
 */
#ifndef CTL_PROFILE_FILE_H
#define CTL_PROFILE_FILE_H

#include "ctl.h"

enum ctl_exit	profile_edit(const struct options *, const char *name);
enum ctl_exit	profile_import(const struct options *, const char *file);
/* name: to stdout. */
enum ctl_exit	profile_export(const struct options *, const char *name);
/* All, and bulwark.conf, into a new folder. */
enum ctl_exit	profile_export_all(const struct options *, const char *folder);

#endif
