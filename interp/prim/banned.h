/*
 * Calls that are easy to misuse fail to compile here; include this last. Raw
 * allocation lives in mem.c, which does not include this header.
 */
#ifndef RELRUN_BANNED_H
#define RELRUN_BANNED_H

#define BANNED(call) sorry_##call##_is_banned_see_banned_h

#undef strcpy
#define strcpy(d, s) BANNED(strcpy)
#undef strcat
#define strcat(d, s) BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef system
#define system(c) BANNED(system)
#undef popen
#define popen(c, m) BANNED(popen)
#undef atoi
#define atoi(s) BANNED(atoi)
#undef malloc
#define malloc(n) BANNED(malloc)
#undef calloc
#define calloc(n, m) BANNED(calloc)
#undef realloc
#define realloc(p, n) BANNED(realloc)
#undef strdup
#define strdup(s) BANNED(strdup)
#undef alloca
#define alloca(n) BANNED(alloca)

#endif
