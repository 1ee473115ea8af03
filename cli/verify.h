/* What the two sides of --verify-isolation share. */
#ifndef ISTHMUS_CLI_VERIFY_H
#define ISTHMUS_CLI_VERIFY_H

/* Hidden first argument: this executable is its own builder. */
#define VERIFY_INSIDE "verify-inside"

/* Where things are inside. */
#define VERIFY_DIRECTORY "/verify"
#define VERIFY_SELF VERIFY_DIRECTORY "/isthmus"
#define VERIFY_ALLOWED VERIFY_DIRECTORY "/allowed"
#define VERIFY_PEER VERIFY_DIRECTORY "/peer"
#define VERIFY_WORK "/build"
/* Below the work directory. */
#define VERIFY_RESULT "result"
#define VERIFY_PROTECTED "protected"

#endif
