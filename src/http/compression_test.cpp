#include "http/compression.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace sovereign::http {
namespace {

std::string unzip(std::string_view packed) {
  z_stream z{};
  inflateInit2(&z, 15 + 16);
  std::string text(1024 * 1024, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(text.data());
  z.avail_out = static_cast<uInt>(text.size());
  const int end = inflate(&z, Z_FINISH);
  text.resize(text.size() - z.avail_out);
  inflateEnd(&z);
  return end == Z_STREAM_END ? text : "not gzip";
}

TEST(AcceptEncoding, IsReadWithItsWeights) {
  struct Case {
    std::string_view value;
    bool prefers_gzip;
    bool refuses_identity;
  };
  for (const Case& sample : {
           Case{"", false, false},
           Case{"gzip", true, false},
           Case{"GZIP", true, false},
           Case{"x-gzip", true, false},
           Case{"deflate, gzip;q=1.0, *;q=0.5", true, false},
           Case{"br , gzip ; q=0.1", true, false},
           Case{"gzip;q=0", false, false},
           Case{"gzip;q=0.000", false, false},
           Case{"gzip;q=0.5, identity;q=0.8", false, false},
           Case{"gzip;q=0.8, identity;q=0.5", true, false},
           Case{"gzip;q=0.5, identity;q=0.5", true, false},
           Case{"identity", false, false},
           Case{"*", true, false},
           Case{"*;q=0", false, true},
           Case{"*;q=0, gzip", true, true},
           Case{"gzip, identity;q=0", true, true},
           Case{"gzip, *;q=0, identity", true, false},
           Case{"gzip;q=nonsense", false, false},
           Case{"gzip;q=1.5", true, false},
           Case{"gzip;q=0.12345", false, false},
           Case{"gzipped", false, false},
           Case{",,;;,", false, false},
       }) {
    const auto accepted = parse_accept_encoding(sample.value);
    EXPECT_EQ(accepted.prefers_gzip, sample.prefers_gzip) << sample.value;
    EXPECT_EQ(accepted.refuses_identity, sample.refuses_identity) << sample.value;
  }
}

TEST(ContentTypes, ThatAreTextOrStructuredTextShrink) {
  for (const std::string_view type :
       {"application/json", "application/problem+json", "text/html; charset=utf-8", "image/svg+xml",
        "application/javascript", "application/ld+json"}) {
    EXPECT_TRUE(is_compressible(type)) << type;
  }
  for (const std::string_view type :
       {"image/png", "application/zip", "application/octet-stream", ""}) {
    EXPECT_FALSE(is_compressible(type)) << type;
  }
}

TEST(GzipCompressor, GivesTheTextBackEachTimeItIsReused) {
  GzipCompressor compressor;
  std::string packed;
  for (const std::string& text : {std::string(100'000, 'a'), std::string("short"), std::string()}) {
    ASSERT_TRUE(compressor.compress(text, packed));
    EXPECT_EQ(unzip(packed), text);
  }
}

}  // namespace
}  // namespace sovereign::http
