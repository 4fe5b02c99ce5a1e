// The laws report to doctest.
#pragma once

#if !__has_include(<doctest/doctest.h>)
#error "iqnrl/testing needs doctest: install it (Debian: doctest-dev) and link iqnrl::testing  -> docs/own_backend.md"
#endif
#include <doctest/doctest.h>
