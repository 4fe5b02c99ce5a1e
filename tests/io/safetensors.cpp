// The safetensors reader and writer: what is written comes back, and nothing malformed gets in.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <iqnrl/io/safetensors.hpp>

#include "scratch_folder.hpp"

namespace {

using namespace iqnrl;
using iqnrl::io::safetensors;
using iqnrl::io::safetensors_writer;
using bytes = std::vector<std::byte>;

bytes file_of(std::string_view header, std::size_t data_bytes, std::uint64_t length) {
  bytes file;
  for (unsigned i = 0; i < 8; ++i) file.push_back(static_cast<std::byte>(length >> (8 * i) & 0xFFU));
  for (const char c : header) file.push_back(static_cast<std::byte>(c));
  for (std::size_t i = 0; i < data_bytes; ++i) file.push_back(static_cast<std::byte>(i));
  return file;
}

bytes file_of(std::string_view header, std::size_t data_bytes) { return file_of(header, data_bytes, header.size()); }

std::string refusal(const bytes& file) {
  try {
    (void)safetensors::parse(file, "some.file");
  } catch (const file_error& e) {
    return e.what();
  }
  return "accepted";
}

/// What must hold of any file that parses, said independently of the parser.
void check_well_formed(const safetensors& file, std::size_t data_bytes) {
  std::size_t used = 0;
  std::vector<std::string> names;
  for (const io::tensor_entry& entry : file.tensors()) {
    REQUIRE(entry.begin == used);
    REQUIRE(entry.end >= entry.begin);
    std::size_t bits = io::facts(entry.type).bits;
    for (const std::size_t extent : entry.shape) bits *= extent;
    REQUIRE(bits == 8 * (entry.end - entry.begin));
    REQUIRE(file.find(entry.name) == &entry);
    names.push_back(entry.name);
    used = entry.end;
  }
  REQUIRE(used == data_bytes);
  std::sort(names.begin(), names.end());
  REQUIRE(std::adjacent_find(names.begin(), names.end()) == names.end());
}

template <class T>
void round_trip(io::dtype type) {
  const std::vector<T> values{std::numeric_limits<T>::lowest(), T(0), T(1), std::numeric_limits<T>::max(),
                              std::numeric_limits<T>::min(),    T(42)};
  safetensors_writer writer;
  writer.add("values", {2, 3}, std::span<const T>(values));
  const safetensors file = safetensors::parse(writer.bytes(), "memory");
  REQUIRE(file.tensors().size() == 1);
  CHECK(file.tensors()[0].type == type);
  CHECK(file.tensors()[0].shape == std::vector<std::size_t>{2, 3});
  CHECK(file.get<T>("values") == values);
}

bytes small_file() {
  safetensors_writer writer;
  writer.metadata("step", "12");
  writer.add("w", {2}, std::vector<float>{1.0F, 2.0F});
  writer.add("n", {}, std::vector<std::uint8_t>{7});
  return writer.bytes();
}

}  // namespace

TEST_CASE("safetensors: every arithmetic type comes back") {
  round_trip<float>(io::dtype::f32);
  round_trip<double>(io::dtype::f64);
  round_trip<std::int8_t>(io::dtype::i8);
  round_trip<std::uint8_t>(io::dtype::u8);
  round_trip<std::int16_t>(io::dtype::i16);
  round_trip<std::uint16_t>(io::dtype::u16);
  round_trip<std::int32_t>(io::dtype::i32);
  round_trip<std::uint32_t>(io::dtype::u32);
  round_trip<std::int64_t>(io::dtype::i64);
  round_trip<std::uint64_t>(io::dtype::u64);
  round_trip<long long>(io::dtype::i64);
}

TEST_CASE("safetensors: the exact bytes of a small file") {
  const std::string header = R"({"__metadata__":{"step":"12"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("n":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  bytes expected = file_of(header + std::string(padded - header.size(), ' '), 0);
  for (const unsigned b : {0x00U, 0x00U, 0x80U, 0x3FU, 0x00U, 0x00U, 0x00U, 0x40U, 0x07U}) {
    expected.push_back(static_cast<std::byte>(b));
  }
  CHECK(small_file() == expected);
}

TEST_CASE("safetensors: the data begins at a multiple of 8, after the fewest spaces, however long the header is") {
  for (std::size_t length = 1; length <= 16; ++length) {
    safetensors_writer writer;
    writer.add(std::string(length, 'n'), {1}, std::vector<double>{1.0});
    const bytes file = writer.bytes();
    CHECK(file.size() % 8 == 0);
    CHECK(std::to_integer<std::size_t>(file[0]) == file.size() - 16);
    const auto spaces = std::count(file.begin(), file.end(), std::byte{' '});
    CHECK(spaces < 8);
  }
}

TEST_CASE("safetensors: NaN and signed zero keep their bits") {
  const std::array<std::uint64_t, 3> bits{0x7FF8000000001234U, 0xFFF0000000000000U, 0x8000000000000000U};
  std::vector<double> values(3);
  std::memcpy(values.data(), bits.data(), sizeof bits);
  safetensors_writer writer;
  writer.add("x", {3}, values);
  const std::vector<double> back = safetensors::parse(writer.bytes(), "memory").get<double>("x");
  CHECK(std::memcmp(back.data(), bits.data(), sizeof bits) == 0);
}

TEST_CASE("safetensors: scalars, empty tensors, any text as a name, wide types first, any order of calls") {
  const std::string odd = "tab\t quote\" back\\ nul" + std::string(1, '\0') + " \xC3\xA4 \xF0\x9F\x98\x80 \x01";
  safetensors_writer writer;
  writer.add("b", {3}, std::vector<std::uint8_t>{1, 2, 3});
  writer.add("a", {}, std::vector<std::uint8_t>{9});
  writer.add(odd, {1}, std::vector<double>{0.5});
  writer.add("empty", {4, 0, 2}, std::vector<float>{});
  writer.add("z", {1}, std::array<std::int64_t, 1>{-1});
  writer.metadata(odd, odd);
  const bytes whole = writer.bytes();
  const safetensors file = safetensors::parse(whole, "memory");
  check_well_formed(file, 20);
  std::vector<std::string> names;
  for (const io::tensor_entry& entry : file.tensors()) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{odd, "z", "empty", "a", "b"});
  CHECK(file.get<std::uint8_t>("a") == std::vector<std::uint8_t>{9});
  CHECK(file.at("a").shape.empty());
  CHECK(file.get<float>("empty").empty());
  CHECK(file.metadata().at(odd) == odd);

  safetensors_writer other;
  other.metadata(odd, odd);
  other.add("z", {1}, std::array<std::int64_t, 1>{-1});
  other.add("empty", {4, 0, 2}, std::vector<float>{});
  other.add(odd, {1}, std::vector<double>{0.5});
  other.add("a", {}, std::vector<std::uint8_t>{9});
  other.add("b", {3}, std::vector<std::uint8_t>{1, 2, 3});
  CHECK(other.bytes() == whole);
  CHECK(safetensors::parse(safetensors_writer().bytes(), "memory").tensors().empty());
}

TEST_CASE("safetensors: every dtype of the format is described, also those that C++ cannot hold") {
  for (const io::dtype_facts& f : io::dtypes) {
    const std::string header =
        fmt::format(R"({{"x":{{"dtype":"{}","shape":[8],"data_offsets":[0,{}]}}}})", f.name, f.bits);
    const safetensors file = safetensors::parse(file_of(header, f.bits), "memory");
    CHECK(io::facts(file.at("x").type).name == f.name);
    CHECK(file.bytes(file.at("x")).size() == f.bits);
    CHECK(file.bytes(file.at("x")).back() == static_cast<std::byte>(f.bits - 1));
  }
  CHECK(io::dtypes.size() == static_cast<std::size_t>(io::dtype::u64) + 1);
}

TEST_CASE("safetensors: escapes, inner blanks and key order are those of JSON") {
  const safetensors file = safetensors::parse(
      file_of(
          "{\n\t\"\\u00e4\\ud83d\\uDE00\\n\\/\" :\r{ \"data_offsets\" : [ 0 , 1 ] , \"shape\":[ 1 ],\"dtype\":\"\\u0055"
          "8\" }  }   ",
          1),
      "memory");
  CHECK(file.get<std::uint8_t>("\xC3\xA4\xF0\x9F\x98\x80\n/") == std::vector<std::uint8_t>{0});
}

TEST_CASE("safetensors: another dtype or a missing name is refused by name") {
  const safetensors file = safetensors::parse(small_file(), "weights.file");
  const auto message = [](auto call) -> std::string {
    try {
      call();
    } catch (const file_error& e) {
      return e.what();
    }
    return "accepted";
  };
  CHECK(message([&] { (void)file.get<double>("w"); }) ==
        "tensor \"w\" of 'weights.file' is F32 and not F64 as asked for; ask for its own type or convert the file");
  CHECK(message([&] { (void)file.get<float>("v"); }) ==
        "'weights.file' holds no tensor \"v\" among its 2; correct the name or use the file that belongs to it");
  CHECK(file.find("v") == nullptr);
}

TEST_CASE("safetensors: malformed files are refused for the right reason") {
  const auto one = [](std::string_view entry) { return fmt::format(R"({{"x":{}}})", entry); };
  const auto meta = [](std::string_view texts) { return fmt::format(R"({{"__metadata__":{}}})", texts); };
  const std::string good = R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
  REQUIRE(refusal(file_of(one(good), 4)) == "accepted");

  struct variant {
    std::string header;
    std::size_t data;
    std::string reason;
  };
  const std::vector<variant> table{
      {"", 0, "begin with a brace"},
      {" {}", 0, "begin with a brace"},
      {"[]", 0, "begin with a brace"},
      {"{", 0, "character \" is missing"},
      {"{}\n", 0, "other than spaces"},
      {"{} x", 0, "other than spaces"},
      {std::string("{}\0", 3), 0, "other than spaces"},
      {"{}{}", 0, "other than spaces"},
      {"{,}", 0, "character \" is missing"},
      {"{}", 1, "0 bytes, but 1 follow"},
      {one(good), 5, "4 bytes, but 5 follow"},
      {one(good), 3, "4 bytes, but 3 follow"},
      {"{\"x\":" + good + ",}", 4, "character \" is missing"},
      {"{\"x\" " + good + "}", 4, "character : is missing"},
      {"{\"x\":" + good + " \"y\":" + good + "}", 4, "character } is missing"},
      {"{\"x\":" + good + ",\"x\":" + good + "}", 4, "tensor \"x\" twice"},
      {"{\"x\":" + good + ",\"\\u0078\":" + good + "}", 4, "tensor \"x\" twice"},
      {"{x:" + good + "}", 4, "character \" is missing"},
      {"{'x':" + good + "}", 4, "character \" is missing"},
      {one("null"), 0, "character { is missing"},
      {one("[]"), 0, "character { is missing"},
      {one("{}"), 0, "lacks dtype"},
      {one(R"({"dtype":"U8","shape":[4]})"), 4, "lacks data_offsets"},
      {one(R"({"dtype":"U8","data_offsets":[0,4]})"), 4, "lacks shape"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4],"extra":1})"), 4, "unknown key \"extra\""},
      {one(R"({"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]})"), 4, "dtype stands there twice"},
      {one(R"({"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]})"), 4, "shape stands there twice"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4],"data_offsets":[0,4]})"), 4, "twice"},
      {one(R"({"dtype":"u8","shape":[4],"data_offsets":[0,4]})"), 4, "unknown dtype \"u8\""},
      {one(R"({"dtype":8,"shape":[4],"data_offsets":[0,4]})"), 4, "character \" is missing"},
      {one(R"({"dtype":"U8","shape":4,"data_offsets":[0,4]})"), 4, "character [ is missing"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[]})"), 4, "fewer than 2"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[4]})"), 4, "fewer than 2"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4,4]})"), 4, "more than 2"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4],})"), 4, "character \" is missing"},
      {one(R"({"dtype":"U8","shape":[4,],"data_offsets":[0,4]})"), 4, "unsigned integer is missing"},
      {one(R"({"dtype":"U8","shape":[-4],"data_offsets":[0,4]})"), 4, "unsigned integer is missing"},
      {one(R"({"dtype":"U8","shape":[+4],"data_offsets":[0,4]})"), 4, "unsigned integer is missing"},
      {one(R"({"dtype":"U8","shape":["4"],"data_offsets":[0,4]})"), 4, "unsigned integer is missing"},
      {one(R"({"dtype":"U8","shape":[[4]],"data_offsets":[0,4]})"), 4, "unsigned integer is missing"},
      {one(R"({"dtype":"U8","shape":[04],"data_offsets":[0,4]})"), 4, "begins with 0"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[00,4]})"), 4, "begins with 0"},
      {one(R"({"dtype":"U8","shape":[4.0],"data_offsets":[0,4]})"), 4, "character ] is missing"},
      {one(R"({"dtype":"U8","shape":[4e0],"data_offsets":[0,4]})"), 4, "character ] is missing"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,18446744073709551616]})"), 4, "exceeds 64 bits"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,99999999999999999999999]})"), 4, "exceeds 64 bits"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,18446744073709551615]})"), 4, "do not fit U8 of shape [4]"},
      {one(R"({"dtype":"U8","shape":[18446744073709551615,18446744073709551615],"data_offsets":[0,1]})"), 1,
       "do not fit"},
      {one(R"({"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]})"), 0, "do not fit"},
      {one(R"({"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]})"), 0, "do not fit"},
      {one(R"({"dtype":"U8","shape":[3],"data_offsets":[0,4]})"), 4, "do not fit"},
      {one(R"({"dtype":"F32","shape":[4],"data_offsets":[0,4]})"), 4, "do not fit"},
      {one(R"({"dtype":"F4","shape":[1],"data_offsets":[0,1]})"), 1, "do not fit"},
      {one(R"({"dtype":"F4","shape":[1],"data_offsets":[0,0]})"), 0, "do not fit"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[4,0]})"), 4, "do not fit"},
      {one(R"({"dtype":"U8","shape":[4],"data_offsets":[1,5]})"), 5, "begins at byte 1 of the data and not at 0"},
      {"{\"x\":" + good + R"(,"y":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})", 9, "begins at byte 5"},
      {"{\"x\":" + good + R"(,"y":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})", 7, "begins at byte 3"},
      {"{\"x\":" + good + ",\"y\":" + good + "}", 4, "begins at byte 0 of the data and not at 4"},
      {"{\"x\":" + good + ",\"__metadata__\":{},\"__metadata__\":{}}", 4, "__metadata__ stands there twice"},
      {meta(R"({"a":"1","a":"2"})"), 0, "key \"a\" stands there twice"},
      {meta(R"({"a":1})"), 0, "character \" is missing"},
      {meta(R"({"a":null})"), 0, "character \" is missing"},
      {meta(R"({"a":{"b":"c"}})"), 0, "character \" is missing"},
      {meta("null"), 0, "character { is missing"},
      {meta("\"text\""), 0, "character { is missing"},
      {meta("{\"a\":\"line\nbreak\"}"), 0, "control character"},
      {meta(std::string("{\"a\":\"nul\0\"}", 11)), 0, "control character"},
      {meta(R"({"a":"\x"})"), 0, "escape that JSON does not have"},
      {meta(R"({"a":"\u12g4"})"), 0, "four hexadecimal digits"},
      {meta(R"({"a":"\ud83d"})"), 0, "surrogate pair"},
      {meta(R"({"a":"\ud83dA"})"), 0, "surrogate pair"},
      {meta(R"({"a":"\ud83d\u0041"})"), 0, "surrogate pair"},
      {meta(R"({"a":"\ude00"})"), 0, "surrogate pair"},
      {meta("{\"a\":\"\x80\"}"), 0, "not UTF-8 at byte 22"},
      {meta("{\"a\":\"\xC0\xAF\"}"), 0, "not UTF-8"},
      {meta("{\"a\":\"\xE0\x80\xAF\"}"), 0, "not UTF-8"},
      {meta("{\"a\":\"\xED\xA0\x80\"}"), 0, "not UTF-8"},
      {meta("{\"a\":\"\xF4\x90\x80\x80\"}"), 0, "not UTF-8"},
      {meta("{\"a\":\"\xF5\x80\x80\x80\"}"), 0, "not UTF-8"},
      {"{\"\xC3", 0, "not UTF-8"},
      {"{\"x", 0, "string does not end"},
      {"{\"x\\", 0, "string does not end"},
      {"{\"x\\u12", 0, "string does not end"},
      {std::string(200'000, '{'), 0, "character \" is missing"},
      {one(std::string(200'000, '[')), 0, "character { is missing"},
  };
  for (const variant& v : table) {
    const std::string message = refusal(file_of(v.header, v.data));
    CAPTURE(v.header.substr(0, 100));
    CAPTURE(message);
    CHECK(message.find(v.reason) != std::string::npos);
    CHECK(message.starts_with("'some.file' is damaged or no safetensors file: "));
    CHECK(message.ends_with("; get or save it again"));
  }
}

TEST_CASE("safetensors: limits on header length, rank and metadata") {
  CHECK(refusal(file_of("{}", 0, 100'000'001)).find("100000001, above the limit of 100000000") != std::string::npos);
  CHECK(refusal(file_of("{}", 0, 100'000'000)).find("100000000, but only 2 bytes follow") != std::string::npos);
  CHECK(refusal(file_of("{}", 0, ~std::uint64_t{0})).find("above the limit") != std::string::npos);
  CHECK(refusal(file_of("{}", 0, 3)).find("3, but only 2 bytes follow") != std::string::npos);
  CHECK(refusal(bytes(7)).find("7 bytes, fewer than the 8") != std::string::npos);
  CHECK(refusal(bytes()).find("0 bytes, fewer than the 8") != std::string::npos);

  const auto ranked = [](std::size_t rank) {
    std::string shape = "1";
    for (std::size_t i = 1; i < rank; ++i) shape += ",1";
    return file_of(R"({"x":{"dtype":"U8","shape":[)" + shape + R"(],"data_offsets":[0,1]}})", 1);
  };
  CHECK(refusal(ranked(64)) == "accepted");
  CHECK(refusal(ranked(65)).find("more than 64 extents") != std::string::npos);

  const auto described = [](std::size_t count) {
    std::string texts = "\"0\":\"\"";
    for (std::size_t i = 1; i < count; ++i) texts += fmt::format(",\"{}\":\"\"", i);
    return file_of(R"({"__metadata__":{)" + texts + "}}", 0);
  };
  CHECK(refusal(described(65'536)) == "accepted");
  CHECK(refusal(described(65'537)).find("more than 65536 texts") != std::string::npos);
}

TEST_CASE("safetensors: a name that would disturb a terminal is shown escaped and shortened") {
  const std::string message = refusal(file_of("{\"\\u001b[31m" + std::string(1000, 'a') + "\":{}}", 0));
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.find("[31maaa") != std::string::npos);
  CHECK(message.size() < 300);
}

TEST_CASE("safetensors: every truncation is refused") {
  const bytes whole = small_file();
  REQUIRE(refusal(whole) == "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) != "accepted");
  }
  bytes longer = whole;
  longer.push_back(std::byte{0});
  CHECK(refusal(longer) != "accepted");
}

TEST_CASE("safetensors: every change of a header byte is refused or parses to something well-formed") {
  const bytes whole = small_file();
  const std::size_t data = whole.size() - 9;
  std::size_t refused = 0;
  for (std::size_t at = 0; at < data; ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      try {
        check_well_formed(safetensors::parse(changed, "memory"), 9);
      } catch (const file_error&) {
        ++refused;
      }
    }
  }
  CHECK(refused > 200 * data);
}

TEST_CASE("safetensors: the writer refuses what it could not read back") {
  safetensors_writer writer;
  const std::vector<float> two{1, 2};
  writer.add("w", {2}, two);
  writer.metadata("k", "v");
  const bytes before = writer.bytes();
  CHECK_THROWS_WITH_AS(writer.add("w", {2}, two), "the tensor \"w\" is there already; give every name once",
                       config_error);
  CHECK_THROWS_WITH_AS(writer.add("v", {3}, two),
                       "tensor \"v\" has 2 values, which do not fill the shape [3]; pass one value per element",
                       shape_error);
  CHECK_THROWS_AS(writer.add("v", {std::size_t{1} << 63U, 4}, two), shape_error);
  CHECK_THROWS_AS(writer.add("v", std::vector<std::size_t>(65, 1), std::vector<float>{1}), shape_error);
  CHECK_THROWS_AS(writer.add("__metadata__", {2}, two), config_error);
  CHECK_THROWS_AS(writer.add("\xFF", {2}, two), config_error);
  CHECK_THROWS_AS(writer.metadata("k", "w"), config_error);
  CHECK_THROWS_AS(writer.metadata("l", "\xC3"), config_error);
  CHECK(writer.bytes() == before);
}

TEST_CASE("safetensors: golden files of another writer") {
  const std::filesystem::path folder = IQNRL_GOLDEN_DIR;
  std::size_t files = 0;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    if (item.path().extension() != ".safetensors") continue;
    CAPTURE(item.path().string());
    const safetensors file = safetensors::read(item.path());
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(item.path()));
    const bytes whole = io::read_file(item.path());
    std::uint64_t header = 0;
    std::memcpy(&header, whole.data(), sizeof header);
    check_well_formed(file, size - 8 - static_cast<std::size_t>(header));
    CHECK(file.metadata().contains("seed"));
    ++files;
  }
  CHECK(files > 0);
  const safetensors adamw = safetensors::read(folder / "adamw.safetensors");
  CHECK(adamw.metadata().at("case") == "adamw");
  CHECK(adamw.at("in.g.a").shape == std::vector<std::size_t>{5, 3, 5});
  CHECK(adamw.get<double>("out.v.b").size() == 7);
}

TEST_CASE("safetensors: files on disk; a failed write leaves the old file") {
  const scratch_folder folder("iqnrl-safetensors");
  const std::filesystem::path path = folder / "w.safetensors";
  safetensors_writer writer;
  writer.metadata("step", "12");
  writer.add("w", {2}, std::vector<float>{1.0F, 2.0F});
  writer.add("n", {}, std::vector<std::uint8_t>{7});
  writer.write(path);
  CHECK(io::read_file(path) == small_file());
  CHECK(safetensors::read(path).get<float>("w") == std::vector<float>{1.0F, 2.0F});
  writer.write(path);
  CHECK(io::read_file(path) == small_file());

  CHECK_THROWS_AS(writer.write(folder / "none" / "w.safetensors"), file_error);
  CHECK_THROWS_AS(writer.write(path / "w.safetensors"), file_error);
  CHECK_THROWS_AS(writer.write(folder.path()), file_error);
  CHECK(io::read_file(path) == small_file());
  CHECK(folder.files() == 1);

  CHECK_THROWS_AS((void)safetensors::read(folder / "none"), file_error);
  CHECK_THROWS_AS((void)safetensors::read(path / "none"), file_error);
  CHECK_THROWS_AS((void)safetensors::read(folder.path()), file_error);
  CHECK_THROWS_AS((void)safetensors::read("/dev/zero"), file_error);
  CHECK_THROWS_AS((void)safetensors::read(""), file_error);
}
