#include "http/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "http/request.hpp"

namespace sovereign::http {

namespace {

constexpr int kLevel = 4;             // JSON shrinks nearly as far as at 6, in half the time.
constexpr int kGzipWindow = 15 + 16;  // 16 asks zlib for the gzip wrapper.
constexpr int kMemoryLevel = 8;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_until(std::string_view& text, char separator) {
  const auto at = std::min(text.find(separator), text.size());
  const auto taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return trim(taken);
}

/// A weight in thousandths: "0.25" is 250. What is malformed weighs nothing.
int parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.' || text.size() > 5) return 0;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, 1000);
}

int weight_of(std::string_view parameters) {
  int weight = 1000;
  while (!parameters.empty()) {
    const auto parameter = take_until(parameters, ';');
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
      weight = parse_weight(parameter.substr(2));
    }
  }
  return weight;
}

}  // namespace

AcceptedCodings parse_accept_encoding(std::string_view value) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  while (!value.empty()) {
    auto item = take_until(value, ',');
    const auto coding = take_until(item, ';');
    const int weight = weight_of(item);
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) {
      gzip = weight;
    } else if (equals_ignoring_case(coding, "identity")) {
      identity = weight;
    } else if (coding == "*") {
      any = weight;
    }
  }
  const int gzip_weight = gzip.value_or(any.value_or(0));
  const bool refuses_identity = identity ? *identity == 0 : any == 0;
  return {.prefers_gzip = gzip_weight > 0 && gzip_weight >= identity.value_or(0),
          .refuses_identity = refuses_identity};
}

bool is_compressible(std::string_view content_type) {
  const auto type = content_type.substr(0, content_type.find(';'));
  if (type.starts_with("text/")) return true;
  if (type.ends_with("json") || type.ends_with("xml")) return true;
  return type == "application/javascript" || type == "application/x-ndjson";
}

struct GzipCompressor::Stream {
  z_stream z{};
  ~Stream() { deflateEnd(&z); }
};

GzipCompressor::GzipCompressor() = default;
GzipCompressor::~GzipCompressor() = default;

bool GzipCompressor::compress(std::string_view text, std::string& out) {
  if (!stream_) {
    auto stream = std::make_unique<Stream>();
    if (deflateInit2(&stream->z, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      return false;
    }
    stream_ = std::move(stream);
  }
  z_stream& z = stream_->z;
  if (deflateReset(&z) != Z_OK) return false;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  bool finished = false;
  out.resize_and_overwrite(deflateBound(&z, text.size()), [&](char* buffer, std::size_t size) {
    z.next_out = reinterpret_cast<Bytef*>(buffer);
    z.avail_out = static_cast<uInt>(size);
    finished = deflate(&z, Z_FINISH) == Z_STREAM_END;
    return size - z.avail_out;
  });
  return finished;
}

}  // namespace sovereign::http
