/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -l, -6 and -A: [label@]a[/b][=advertised[/advertised]], rtpproxy's way to name local addresses.
 */
#include <string.h>
#include <base/endpoint.h>
#include <daemon/options_private.h>

/* A piece of an option's value, as text of its own. */
static int piece(const char *at, size_t len, char *buf, size_t size, struct options_error *error)
{
	if (len >= size)
		return OPTIONS_FAIL(error, "'%s' is too long for an address", at);
	memcpy(buf, at, len);
	buf[len] = '\0';
	return 0;
}

static int parse_one(const char *text, int family, struct xrp_addr *addr,
		     struct options_error *error)
{
	if (!strcmp(text, "*")) {
		*addr = addr_any(family);
		return 0;
	}
	if (!addr_parse(text, addr) && addr_is_v4(addr) == (family == AF_INET))
		return 0;
	return OPTIONS_FAIL(error,
			    "'%s' is no IPv%d address; give a numeric address of this host, or *",
			    text, family == AF_INET ? 4 : 6);
}

/* Sets network 0 or 1 by `text`; "" leaves it alone. */
static int set_network(struct options *o, int index, const char *text, int family,
		       const char *label, struct options_error *error)
{
	int err;

	if (!*text)
		return 0;
	if (o->network_set[index])
		return OPTIONS_FAIL(error, "address '%s': the %s network has one already", text,
				    index ? "second" : "first");
	err = parse_one(text, family, &o->network[index].addr, error);
	o->network_set[index] = !err;
	strcpy(o->network[index].label, label);
	return err;
}

static int add_labelled(struct options *o, const char *text, int family, const char *label,
			const char *advertised, struct options_error *error)
{
	struct engine_address *a = &o->labelled[o->labelled_count];

	if (!*label)
		return OPTIONS_FAIL(error,
				    "address '%s': all but the first need a label (-%c name@%s), "
				    "or are the second of two networks (-%c /%s)",
				    text, family == AF_INET ? 'l' : '6', text,
				    family == AF_INET ? 'l' : '6', text);
	if (o->labelled_count == sizeof(o->labelled) / sizeof(o->labelled[0]))
		return OPTIONS_FAIL(error, "address '%s' is one too many", text);
	strcpy(a->label, label);
	strcpy(a->advertised, advertised);
	o->labelled_count++;
	return parse_one(text, family, &a->addr, error);
}

/* `a/b`: two networks; the advertised part may be a/b as well. */
static int set_bridge(struct options *o, char *text, char *slash, int family, const char *label,
		      char *advertised, struct options_error *error)
{
	char *second = strchr(advertised, '/');
	int err;

	*slash = '\0';
	if (second)
		*second++ = '\0';
	o->bridge = true;
	err = set_network(o, 0, text, family, label, error);
	if (!err)
		err = set_network(o, 1, slash + 1, family, "", error);
	if (!err && *text)
		strcpy(o->network[0].advertised, advertised);
	if (!err && (second || !*text))
		strcpy(o->network[1].advertised, second ? second : advertised);
	return err;
}

static int set_addresses(struct options *o, const char *value, int family,
			 struct options_error *error)
{
	char label[64] = "", text[256], advertised[256] = "", *slash;
	const char *at = strchr(value, '@'), *equals = strchr(value, '=');
	int err = 0;

	if (at && (!equals || at < equals)) {
		err = piece(value, (size_t)(at - value), label, sizeof(label), error);
		value = at + 1;
	}
	if (!err && equals)
		err = piece(equals + 1, strlen(equals + 1), advertised, sizeof(advertised), error);
	if (!err)
		err = piece(value, equals ? (size_t)(equals - value) : strlen(value), text,
			    sizeof(text), error);
	if (err)
		return err;
	slash = strchr(text, '/');
	if (slash)
		return set_bridge(o, text, slash, family, label, advertised, error);
	if (o->network_set[0])
		return add_labelled(o, text, family, label, advertised, error);
	strcpy(o->network[0].advertised, advertised);
	return set_network(o, 0, text, family, label, error);
}

int set_listen(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	(void)row;
	return set_addresses(o, value, AF_INET, error);
}

int set_listen6(struct options *o, const struct options_row *row, const char *value,
		struct options_error *error)
{
	(void)row;
	return set_addresses(o, value, AF_INET6, error);
}

int set_advertised(struct options *o, const struct options_row *row, const char *value,
		   struct options_error *error)
{
	const char *slash = strchr(value, '/');
	size_t len = slash ? (size_t)(slash - value) : strlen(value);

	(void)row;
	if (!len || strpbrk(value, " \t\r\n") || (slash && !slash[1]))
		return OPTIONS_FAIL(error,
				    "--advertised wants an address or host name, or two as "
				    "a/b, not '%s'",
				    value);
	if (piece(value, len, o->advertised[0], sizeof(o->advertised[0]), error))
		return -EINVAL;
	return slash ? piece(slash + 1, strlen(slash + 1), o->advertised[1],
			     sizeof(o->advertised[1]), error)
		     : 0;
}

const char *options_advertised(const struct options *o, unsigned int i)
{
	if (i < 2)
		return o->advertised[i];
	if (i < 4)
		return o->network[i - 2].advertised;
	return i - 4 < o->labelled_count ? o->labelled[i - 4].advertised : NULL;
}

/*
 * What is told instead of an address goes into replies as it is: an address, or what may be a host
 * name. What has digits and dots only is meant to be an address.
 */
static bool may_be_told(const char *text)
{
	static const char digits[] = "0123456789.",
			  name[] = "0123456789.-_abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct xrp_addr addr;

	if (!addr_parse(text, &addr))
		return true;
	return text[strspn(text, digits)] && !text[strspn(text, name)] && !strchr("-.", *text);
}

int options_check_advertised(const struct options *o, struct options_error *error)
{
	const char *text;

	for (unsigned int i = 0; (text = options_advertised(o, i)); i++) {
		if (*text && !may_be_told(text))
			return OPTIONS_FAIL(error,
					    "'%s' cannot be advertised: give a numeric address or "
					    "a host name",
					    text);
	}
	return 0;
}

void options_addresses(const struct options *o, struct engine_config *config)
{
	unsigned int n = 0;

	config->bridge = o->bridge;
	config->address[n++] = o->network[0];
	if (o->bridge)
		config->address[n++] = o->network[1];
	for (unsigned int i = 0; i < o->labelled_count; i++)
		config->address[n++] = o->labelled[i];
	config->address_count = n;
	for (unsigned int i = 0; o->bridge && i < 2; i++) {
		if (o->advertised[i][0])
			strcpy(config->address[i].advertised, o->advertised[i]);
	}
	if (!o->bridge)
		strcpy(config->advertised, o->advertised[0]);
}
