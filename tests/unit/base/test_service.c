/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/service.h"
#include "tests/unit/support.h"

Suite *suite_service(void);

/* A manager's socket; what a service says can be read from it. */
static int
listen_as_manager(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", scratch("notify"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	return fd;
}

/* The next message, "" if there is none. */
static const char *
heard(int fd)
{
	static char text[1000];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(tells_the_manager_what_happens)
{
	int fd = listen_as_manager();

	service_ready("2 listeners");
#ifdef WITH_SYSTEMD
	ck_assert_str_eq(heard(fd), "READY=1\nSTATUS=2 listeners");
	service_reloading();
	ck_assert_int_eq(strncmp(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	service_stopping();
	ck_assert_str_eq(heard(fd), "STOPPING=1");
#else
	service_reloading();
	service_stopping();
#endif
	ck_assert_str_eq(heard(fd), "");
	unsetenv("NOTIFY_SOCKET");
	close(fd);
}
END_TEST

START_TEST(without_a_manager_nothing_happens)
{
	unsetenv("NOTIFY_SOCKET");
	service_ready("up");
	service_reloading();
	service_stopping();
}
END_TEST

Suite *
suite_service(void)
{
	Suite *s = suite_create("service");
	TCase *t = tcase_create("service");

	tcase_add_test(t, tells_the_manager_what_happens);
	tcase_add_test(t, without_a_manager_nothing_happens);
	suite_add_tcase(s, t);
	return s;
}
