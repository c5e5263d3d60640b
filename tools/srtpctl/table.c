// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for people. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static char *next_cell(struct table *t)
{
	if (t->rows == t->room) {
		size_t room = t->room ? 2 * t->room : 64 * t->columns;
		void *p = t->bad ? NULL : realloc(t->cells, room * sizeof(*t->cells));

		if (!p) {
			t->bad = true;
			return NULL;
		}
		t->cells = p;
		t->room = room;
	}
	/* "rows" counts cells until table_end(). */
	return t->cells[t->rows++];
}

void table_begin(struct table *t, const char *const *heading, size_t columns)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
	for (size_t i = 0; i < columns; i++)
		table_cell(t, "%s", heading[i]);
}

void table_cell(struct table *t, const char *fmt, ...)
{
	char *cell = next_cell(t);
	va_list ap;

	if (!cell)
		return;
	va_start(ap, fmt);
	vsnprintf(cell, TABLE_CELL, fmt, ap);
	va_end(ap);
	/* Texts of the other side of a call are in here, and this may be a terminal. */
	for (char *p = cell; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
}

int table_end(struct table *t)
{
	size_t width[TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < t->rows && !t->bad; i++) {
		size_t len = strlen(t->cells[i]);

		if (len > width[i % t->columns])
			width[i % t->columns] = len;
	}
	for (size_t i = 0; i < t->rows && !t->bad; i++) {
		bool last = i % t->columns == t->columns - 1;

		printf("%-*s%s", last ? 0 : (int)width[i % t->columns], t->cells[i],
		       last ? "\n" : "  ");
	}
	free(t->cells);
	t->cells = NULL;
	if (t->bad)
		return complain(ST_REFUSED, "out of memory");
	return fflush(stdout) ? complain(ST_REFUSED, "writing to standard output") : ST_OK;
}
