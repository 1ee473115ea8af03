// Unbounded copies have no place in user land.
@@
expression a, b;
@@
(
* strcpy(a, b)
|
* strcat(a, b)
|
* sprintf(a, b, ...)
|
* gets(a)
)
