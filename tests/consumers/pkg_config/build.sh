#!/bin/sh
set -e
c++ -std=c++20 -O1 "$1" $(pkg-config --cflags --libs iqnrl) -o my_program
