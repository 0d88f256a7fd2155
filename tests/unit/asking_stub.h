/*
 * For tests of explanations: no answer is remembered, and nobody is there to be asked.
 */
#ifndef TESTS_ASKING_STUB_H
#define TESTS_ASKING_STUB_H

#include "asking.h"

static struct memory	memory;
static struct agents	agents;

const struct memory *
asking_memory(void)
{
	return &memory;
}

const struct agents *
asking_agents(void)
{
	return &agents;
}

#endif
