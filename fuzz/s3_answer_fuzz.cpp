// What an S3 server answers is read without trusting it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "blob/s3_protocol.hpp"

using namespace sovereign;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 403, 404, 500}) {
    const auto refusal = blob::read_refusal(status, text);
    if (blob::error_of(refusal, {.endpoint = "http://a", .bucket = "b"}).detail.empty()) {
      std::abort();
    }
  }
  if (blob::xml_text(text, "UploadId").size() > size) std::abort();
  const auto key = blob::Key::parse(text);
  if (key && (key->text() != text || text.find("..") == 0)) std::abort();
  return 0;
}
