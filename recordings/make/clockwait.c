/* Python 3.13 waits for locks with sem_clockwait and pthread_cond_clockwait on CLOCK_MONOTONIC, which libfaketime 0.9.10 does
 * not wrap: a deadline on the fast clock would be waited for on the slow one. This turns it into a deadline on the true clock.
 * Load it before libfaketime.so.1. The factor is what follows 'x' in FAKETIME. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double factor(void) {
    static double known = 0;
    if (known == 0) {
        const char *fake = getenv("FAKETIME");
        const char *x = fake ? strchr(fake, 'x') : NULL;
        known = x ? atof(x + 1) : 1;
        if (known <= 0) known = 1;
    }
    return known;
}

static struct timespec true_deadline(clockid_t clock, const struct timespec *fake) {
    struct timespec seen, now;
    clock_gettime(clock, &seen); /* libfaketime's */
    syscall(SYS_clock_gettime, clock, &now);
    double left = ((double)(fake->tv_sec - seen.tv_sec) + (double)(fake->tv_nsec - seen.tv_nsec) / 1e9) / factor();
    if (left < 0) left = 0;
    long long nanos = now.tv_nsec + (long long)(left * 1e9);
    now.tv_sec += nanos / 1000000000LL;
    now.tv_nsec = nanos % 1000000000LL;
    return now;
}

int sem_clockwait(sem_t *sem, clockid_t clock, const struct timespec *deadline) {
    static int (*next)(sem_t *, clockid_t, const struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "sem_clockwait");
    struct timespec until = true_deadline(clock, deadline);
    return next(sem, clock, &until);
}

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *deadline) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
    struct timespec until = true_deadline(clock, deadline);
    return next(cond, mutex, clock, &until);
}
