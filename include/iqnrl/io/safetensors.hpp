// Files of named arrays in the safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header
// length, a JSON header, the arrays without gaps, all little-endian. The format has no checksum, and NaN is a legal
// value in it.
#pragma once

#include <iqnrl/io/safetensors_reader.hpp>
#include <iqnrl/io/safetensors_writer.hpp>
#include <iqnrl/io/tensor_entry.hpp>
