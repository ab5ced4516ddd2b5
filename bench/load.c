/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * load: plays the MTA's side of the milter protocol, version 6, to measure a filter.
 *
 *   load -s unix:/path -c connections -n messages [-f from] [-r rcpt] [-l login] message.eml
 *
 * Sends the message (header, blank line, body; CRLF) n times over c connections and prints one line:
 * messages accepted, seconds, messages a second, octets of replaced body.  Exit 0 only if all were accepted.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX (1U << 20)
#define BODY_CHUNK 65535U
#define FIELDS_MAX 200

/* Steps that a filter may negotiate away (libmilter/mfdef.h). */
enum {
	NO_HELO = 0x2, NO_MAIL = 0x4, NO_RCPT = 0x8, NO_BODY = 0x10, NO_HEADERS = 0x20, NO_EOH = 0x40,
	NR_HEADER = 0x80, NO_DATA = 0x200, NR_CONNECT = 0x1000, NR_MAIL = 0x4000, NR_RCPT = 0x8000, NR_DATA = 0x10000,
	NR_EOH = 0x40000, NR_BODY = 0x80000, LEADING_SPACE = 0x100000, OFFERED = 0x1fffff,
};

struct message {
	char *text;
	char *names[FIELDS_MAX], *values[FIELDS_MAX];
	size_t fields;
	const char *body;
	size_t body_size;
};

struct options {
	const char *socket, *from, *rcpt, *login;
	unsigned connections;
};

struct connection {
	int fd;
	uint32_t steps;
	unsigned char *packet;
	size_t packet_size;
};

static struct options options = { .from = "<alice@north.example>", .rcpt = "<bob@south.example>", .login = "alice@north.example", .connections = 1 };
static struct message message;
static atomic_long left, accepted, replaced;

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(2);
}

/* ---- packets --------------------------------------------------------------------- */

static void
send_packet(const struct connection *c, char command, const void *data, size_t n)
{
	static const size_t head = 5;
	unsigned char *packet = malloc(head + n);
	uint32_t size = htonl((uint32_t)(n + 1));
	size_t sent = 0;

	if (packet == NULL)
		die("malloc");
	memcpy(packet, &size, 4);
	packet[4] = (unsigned char)command;
	if (n > 0)
		memcpy(packet + head, data, n);
	while (sent < head + n) {
		ssize_t w = send(c->fd, packet + sent, head + n - sent, MSG_NOSIGNAL);

		if (w <= 0)
			die("send");
		sent += (size_t)w;
	}
	free(packet);
}

static void
read_exactly(int fd, void *to, size_t n)
{
	for (size_t got = 0; got < n;) {
		ssize_t r = read(fd, (char *)to + got, n - got);

		if (r == 0) {
			(void)fputs("load: the filter closed the connection\n", stderr);
			exit(1);
		}
		if (r < 0)
			die("read");
		got += (size_t)r;
	}
}

static char
read_packet(struct connection *c)
{
	uint32_t size;

	read_exactly(c->fd, &size, 4);
	size = ntohl(size);
	if (size == 0 || size > PACKET_MAX) {
		(void)fputs("load: impossible packet\n", stderr);
		exit(2);
	}
	read_exactly(c->fd, c->packet, size);
	c->packet_size = size - 1;
	return (char)c->packet[0];
}

/* A step's answer: 'c' goes on; anything else ends the message. */
static char
answer(struct connection *c, uint32_t silent)
{
	if ((c->steps & silent) != 0)
		return 'c';
	return read_packet(c);
}

static void
send_macros(const struct connection *c, char stage, const char *const *pairs, size_t n)
{
	char data[1024];
	size_t used = 1;

	data[0] = stage;
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(data + used, sizeof(data) - used, "%s", pairs[i]) + 1;
	send_packet(c, 'D', data, used);
}

/* ---- a connection ------------------------------------------------------------------- */

static int
dial(const char *spec)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in host = { .sin_family = AF_INET };
	unsigned port;
	int fd;

	if (strncmp(spec, "unix:", 5) == 0) {
		(void)snprintf(path.sun_path, sizeof(path.sun_path), "%s", spec + 5);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&path, sizeof(path)) != 0)
			die(spec);
		return fd;
	}
	if (sscanf(spec, "inet:%u@", &port) != 1)
		die("socket is unix:/path or inet:port@127.0.0.1");
	host.sin_port = htons((uint16_t)port);
	host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&host, sizeof(host)) != 0)
		die(spec);
	return fd;
}

static void
open_connection(struct connection *c)
{
	static const char *const macros[] = { "j", "mx.north.example", "{daemon_name}", "bench", "{client_addr}", "192.0.2.1" };
	static const char connect_data[] = "client.example\0" "4" "\x1f\x90" "192.0.2.1";
	uint32_t negotiate[3] = { htonl(6), htonl(0x1ff), htonl(OFFERED) };
	uint32_t steps;

	c->fd = dial(options.socket);
	if ((c->packet = malloc(PACKET_MAX)) == NULL)
		die("malloc");
	send_packet(c, 'O', negotiate, sizeof(negotiate));
	if (read_packet(c) != 'O')
		die("negotiation");
	memcpy(&steps, c->packet + 9, 4);
	c->steps = ntohl(steps);
	send_macros(c, 'C', macros, 6);
	send_packet(c, 'C', connect_data, sizeof(connect_data));
	(void)answer(c, NR_CONNECT);
	if ((c->steps & NO_HELO) == 0) {
		send_packet(c, 'H', "client.example", 15);
		(void)read_packet(c);
	}
}

static void
send_field(const struct connection *c, const char *name, const char *value)
{
	size_t n = strlen(name) + 1, m;
	char *data;

	if ((c->steps & LEADING_SPACE) == 0 && value[0] == ' ')
		value++;
	m = strlen(value) + 1;
	if ((data = malloc(n + m)) == NULL)
		die("malloc");
	memcpy(data, name, n);
	memcpy(data + n, value, m);
	send_packet(c, 'L', data, n + m);
	free(data);
}

/* The end of the message: edits, then the verdict. */
static char
final_answer(struct connection *c)
{
	char reply;

	while ((reply = read_packet(c)) != '\0' && strchr("+-2behimpqlo", reply) != NULL)
		if (reply == 'b')
			atomic_fetch_add(&replaced, (long)c->packet_size);
	return reply;
}

/* One message; returns the filter's last word: 'a' or 'c' is accepted. */
static char
send_message(struct connection *c)
{
	const char *envelope[] = { "i", "4B3nch", "{auth_authen}", options.login };
	char reply;

	send_macros(c, 'M', envelope, 4);
	send_packet(c, 'M', options.from, strlen(options.from) + 1);
	if ((reply = answer(c, NR_MAIL | NO_MAIL)) != 'c')
		return reply;
	send_packet(c, 'R', options.rcpt, strlen(options.rcpt) + 1);
	if ((reply = answer(c, NR_RCPT | NO_RCPT)) != 'c')
		return reply;
	if ((c->steps & NO_DATA) == 0) {
		send_packet(c, 'T', NULL, 0);
		if ((reply = answer(c, NR_DATA)) != 'c')
			return reply;
	}
	for (size_t i = 0; i < message.fields && (c->steps & NO_HEADERS) == 0; i++) {
		send_field(c, message.names[i], message.values[i]);
		if ((reply = answer(c, NR_HEADER)) != 'c')
			return reply;
	}
	if ((c->steps & NO_EOH) == 0) {
		send_packet(c, 'N', NULL, 0);
		if ((reply = answer(c, NR_EOH)) != 'c')
			return reply;
	}
	for (size_t at = 0; at < message.body_size && (c->steps & NO_BODY) == 0; at += BODY_CHUNK) {
		size_t n = message.body_size - at < BODY_CHUNK ? message.body_size - at : BODY_CHUNK;

		send_packet(c, 'B', message.body + at, n);
		if ((reply = answer(c, NR_BODY)) != 'c')
			return reply;
	}
	send_macros(c, 'E', envelope, 4);
	send_packet(c, 'E', NULL, 0);
	return final_answer(c);
}

static void *
work(void *unused)
{
	struct connection c = { .fd = -1 };

	(void)unused;
	open_connection(&c);
	while (atomic_fetch_sub(&left, 1) > 0) {
		char reply = send_message(&c);

		if (reply == 'a' || reply == 'c')
			atomic_fetch_add(&accepted, 1);
		else if (reply == 'y')
			(void)fprintf(stderr, "load: %.*s\n", (int)c.packet_size, (const char *)c.packet + 1);
	}
	send_packet(&c, 'Q', NULL, 0);
	(void)close(c.fd);
	free(c.packet);
	return NULL;
}

/* ---- the message ----------------------------------------------------------------------- */

static void
drop_cr(char *value)
{
	char *to = value;

	for (const char *from = value; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
}

static void
split_header(char *header)
{
	for (char *line = header; *line != '\0' && message.fields < FIELDS_MAX;) {
		char *end = line, *colon;

		do { /* to the line end that no white space follows */
			end = strstr(end, "\r\n");
			end = end == NULL ? line + strlen(line) : end + 2;
		} while (*end == ' ' || *end == '\t');
		colon = strchr(line, ':');
		if (colon == NULL)
			die("a header line without a colon");
		*colon = '\0';
		if (end[-1] == '\n')
			end[-2] = '\0';
		message.names[message.fields] = line;
		message.values[message.fields] = colon + 1;
		drop_cr(message.values[message.fields++]);
		line = end;
	}
}

static void
load_message(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *blank;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
		die(path);
	rewind(file);
	if ((message.text = calloc(1, (size_t)size + 1)) == NULL || fread(message.text, 1, (size_t)size, file) != (size_t)size)
		die(path);
	(void)fclose(file);
	if ((blank = strstr(message.text, "\r\n\r\n")) == NULL)
		die("no blank line");
	message.body = blank + 4;
	message.body_size = (size_t)size - (size_t)(message.body - message.text);
	blank[2] = '\0';
	split_header(message.text);
}

int
main(int argc, char **argv)
{
	struct timespec begin, end;
	long messages = 1000;
	pthread_t threads[256];
	double seconds;
	int o;

	while ((o = getopt(argc, argv, "s:c:n:f:r:l:")) != -1)
		switch (o) {
		case 's': options.socket = optarg; break;
		case 'c': options.connections = (unsigned)atoi(optarg); break;
		case 'n': messages = atol(optarg); break;
		case 'f': options.from = optarg; break;
		case 'r': options.rcpt = optarg; break;
		case 'l': options.login = optarg; break;
		default: return 2;
		}
	if (options.socket == NULL || optind + 1 != argc || options.connections < 1 || options.connections > 256) {
		(void)fputs("usage: load -s socket -c connections -n messages [-f from] [-r rcpt] [-l login] message.eml\n", stderr);
		return 2;
	}
	load_message(argv[optind]);
	atomic_store(&left, messages);
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0; i < options.connections; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			die("thread");
	for (unsigned i = 0; i < options.connections; i++)
		(void)pthread_join(threads[i], NULL);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("{\"messages\":%ld,\"accepted\":%ld,\"seconds\":%.3f,\"rate\":%.1f,\"replaced\":%ld}\n", messages,
	    atomic_load(&accepted), seconds, (double)messages / seconds, atomic_load(&replaced));
	return atomic_load(&accepted) == messages ? 0 : 1;
}
