#include "http/outbound.hpp"

#include <utility>

#include "async/run_blocking.hpp"

namespace sovereign::http {

Task<ClientResponse> OutboundClient::get(std::string url) {
  auto task = client_.request({.url = std::move(url),
                               .timeout = options_.total_timeout,
                               .connect_timeout = options_.total_timeout,
                               .max_body = options_.body_bytes,
                               .allow_private_addresses = options_.allow_private_addresses});
  auto response = co_await std::move(task);
  co_return response;
}

Task<std::vector<std::string>> OutboundClient::txt_records(std::string name) {
  auto job = [name = std::move(name), server = options_.name_server] {
    return query_txt(name, server);
  };
  auto outcome = co_await async::run_blocking(pool_, std::move(job));
  co_return outcome;
}

}  // namespace sovereign::http
