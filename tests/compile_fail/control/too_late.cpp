// expect-error: the_last
// The compiler names each function that the call might have meant, the last of them behind the tenth line.
struct first {};
struct second {};
struct third {};
struct fourth {};
struct the_last {};
void call(first);
void call(second);
void call(third);
void call(fourth);
void call(the_last);
void wrong() { call(1); }
