// expect-error: a sentence that no compiler says
static_assert(false, "another sentence");
