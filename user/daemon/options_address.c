/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -l, -6 and -A: [label@]a[/b][=advertised[/advertised]], rtpproxy's way to name local addresses.
 */
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
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

/* May this be a host name? What has no letter, or a colon, is a wrong address. */
static bool is_name(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789.-_")] &&
	       strpbrk(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static int parse_one(struct options *o, const char *text, int family, struct xrp_addr *addr,
		     struct options_error *error)
{
	struct options_name *name = &o->names[o->name_count];

	if (!strcmp(text, "*")) {
		*addr = addr_any(family);
		return 0;
	}
	if (!addr_parse(text, addr) && addr_is_v4(addr) == (family == AF_INET))
		return 0;
	if (!is_name(text) || o->name_count == ENGINE_ADDRESSES)
		return OPTIONS_FAIL(error,
				    "'%s' is no IPv%d address; give an address or name of this "
				    "host, or *",
				    text, family == AF_INET ? 4 : 6);
	o->name_count++;
	name->addr = addr;
	name->family = family;
	strcpy(name->text, text); /* a piece, which is as long at most */
	return 0;
}

/* The one address that the name has. */
static int resolve(const struct options_name *name, struct options_error *error)
{
	const struct addrinfo hints = {.ai_family = name->family, .ai_socktype = SOCK_DGRAM};
	int version = name->family == AF_INET ? 4 : 6, err;
	struct addrinfo *found, *at;
	struct xrp_addr addr;
	bool several = false;

	err = getaddrinfo(name->text, NULL, &hints, &found);
	if (err)
		return OPTIONS_FAIL(error,
				    "'%s' is no IPv%d address, nor a name that resolves to one "
				    "(%s); give an address of this host, or *",
				    name->text, version, gai_strerror(err));
	*name->addr = endpoint_from_sockaddr(found->ai_addr).addr;
	for (at = found; at; at = at->ai_next) {
		addr = endpoint_from_sockaddr(at->ai_addr).addr;
		several |= !xrp_addr_equal(&addr, name->addr);
	}
	freeaddrinfo(found);
	if (!several)
		return 0;
	return OPTIONS_FAIL(error, "'%s' has several IPv%d addresses; give the one that is meant",
			    name->text, version);
}

int options_resolve(struct options *o, char *text, size_t size)
{
	struct options_error error = {text, size};
	int err = 0;

	if (o->no_resolve && o->name_count)
		return OPTIONS_FAIL(&error,
				    "'%s' is a name, and --no_resolve wants addresses: give the "
				    "address, or leave --no_resolve out",
				    o->names[0].text);
	for (unsigned int i = 0; i < o->name_count && !err; i++)
		err = resolve(&o->names[i], &error);
	return err;
}

static bool is_same_name(const struct options *a, const struct options_name *in_a,
			 const struct options *b, const struct options_name *in_b)
{
	return (const char *)in_a->addr - (const char *)a ==
		       (const char *)in_b->addr - (const char *)b &&
	       in_a->family == in_b->family && !strcmp(in_a->text, in_b->text);
}

void options_resolved(struct options *next, const struct options *running)
{
	for (unsigned int i = 0; i < next->name_count; i++) {
		for (unsigned int j = 0; j < running->name_count; j++) {
			if (is_same_name(next, &next->names[i], running, &running->names[j]))
				*next->names[i].addr = *running->names[j].addr;
		}
	}
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
	err = parse_one(o, text, family, &o->network[index].addr, error);
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
	return parse_one(o, text, family, &a->addr, error);
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
