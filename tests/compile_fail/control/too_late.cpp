// expect-error: the last sentence
static_assert(sizeof(int) == 0, "sentence 1");
static_assert(sizeof(int) == 0, "sentence 2");
static_assert(sizeof(int) == 0, "sentence 3");
static_assert(sizeof(int) == 0, "sentence 4");
static_assert(sizeof(int) == 0, "sentence 5");
static_assert(sizeof(int) == 0, "sentence 6");
static_assert(sizeof(int) == 0, "sentence 7");
static_assert(sizeof(int) == 0, "sentence 8");
static_assert(sizeof(int) == 0, "sentence 9");
static_assert(sizeof(int) == 0, "sentence 10");
static_assert(sizeof(int) == 0, "sentence 11");
static_assert(false, "the last sentence");
