// realloc() onto its own argument loses the block when there is no memory.
@@
expression p, n;
@@
(
* p = realloc(p, n)
|
* p = reallocarray(p, n, ...)
)
