// expect-error: static assertion failed
int main() {}
