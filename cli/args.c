/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct arg_option *
find(const struct arg_option *options, const char *name, size_t n)
{
	for (; options != NULL && options->name != NULL; options++)
		if (strlen(options->name) == n && strncmp(options->name, name, n) == 0)
			return options;
	return NULL;
}

static int
push(struct arg_list *list, const char *word, struct error *e)
{
	if (list->count == ARGS_MAX)
		return error_set(e, ERROR_USAGE, "more than %d words", ARGS_MAX);
	list->items[list->count++] = word;
	list->items[list->count] = NULL;
	return 0;
}

static int
store_number(int64_t *to, const char *name, const char *value, struct error *e)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno != 0 || *value == '\0' || *end != '\0' || n < 0)
		return error_set(e, ERROR_USAGE, "--%s takes a number, not \"%s\"", name, value);
	*to = n;
	return 0;
}

static int
store_value(const struct arg_option *option, const char *value, struct error *e)
{
	if (option->kind == ARG_LIST)
		return push(option->to, value, e);
	if (option->kind == ARG_NUMBER)
		return store_number(option->to, option->name, value, e);
	*(const char **)option->to = value;
	return 0;
}

/* One "--name", "--name=value" or "--name value"; says by `*used_next` whether the next word was its value. */
static int
parse_option(const struct arg_option *own, const struct arg_option *common, const char *word, const char *next,
    bool *used_next, struct error *e)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct arg_option *option = find(own, name, n);

	if (option == NULL && (option = find(common, name, n)) == NULL)
		return error_set(e, ERROR_USAGE, "unknown option \"%s\"; see --help", word);
	if (option->kind == ARG_FLAG) {
		if (equals != NULL)
			return error_set(e, ERROR_USAGE, "--%s takes no value", option->name);
		*(bool *)option->to = true;
		return 0;
	}
	if (equals == NULL && next == NULL)
		return error_set(e, ERROR_USAGE, "--%s needs a value", option->name);
	*used_next = equals == NULL;
	return store_value(option, equals != NULL ? equals + 1 : next, e);
}

int
args_parse(struct cli *c, int argc, char **argv, const struct arg_option *options, struct arg_list *words, size_t min,
    size_t max, struct error *e)
{
	const struct arg_option common[] = {
		{ "json", ARG_FLAG, &c->json },
		{ "reason", ARG_TEXT, &c->reason },
		{ NULL, ARG_FLAG, NULL },
	};
	bool only_words = false;

	words->count = 0;
	words->items[0] = NULL;
	for (int i = 1; i < argc; i++) {
		bool used_next = false;

		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (only_words || strncmp(argv[i], "--", 2) != 0) {
			if (push(words, argv[i], e) != 0)
				return -1;
		} else {
			if (parse_option(options, common, argv[i], argv[i + 1], &used_next, e) != 0)
				return -1;
			i += used_next ? 1 : 0;
		}
	}
	if (words->count < min || words->count > max)
		return error_set(e, ERROR_USAGE, "too %s words", words->count < min ? "few" : "many");
	c->witness.reason = c->reason;
	return 0;
}
