#include "registry/identity/probe.hpp"

#include <fmt/format.h>

#include <utility>

namespace sovereign::registry {
namespace {

constexpr int kOk = 200;

/// What went wrong out there is the publisher's to mend, not a failure of this server.
Failure could_not(std::string_view what, const Error& error) {
  return base::fail(ErrorCode::unprocessable, fmt::format("{}: {}", what, error.detail),
                    error.context);
}

}  // namespace

Task<std::string> OutboundProbe::fetch(std::string url) {
  auto task = client_.get(std::move(url));
  auto response = co_await std::move(task);
  if (!response) co_return could_not("The challenge could not be fetched", response.error());
  if (response->status != kOk) {
    co_return base::fail(
        ErrorCode::unprocessable,
        fmt::format("The endpoint answered with status {}; 200 is needed, without redirects.",
                    response->status));
  }
  co_return std::move(response->body);
}

Task<std::vector<std::string>> OutboundProbe::txt_records(std::string name) {
  auto task = client_.txt_records(std::move(name));
  auto records = co_await std::move(task);
  if (records) co_return std::move(*records);
  if (records.error().code == ErrorCode::not_found) co_return std::vector<std::string>{};
  co_return could_not("The TXT record could not be read", records.error());
}

}  // namespace sovereign::registry
