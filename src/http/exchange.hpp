// Everything one request and its answer need while they are under way. Idle connections hold none;
// a loop recycles them.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

#include "http/request_reader.hpp"
#include "http/response.hpp"
#include "http/response_writer.hpp"

namespace sovereign::http {

struct Exchange {
  Exchange(const ReaderLimits& limits, StreamRule stream_rule)
      : reader(limits, std::move(stream_rule)) {}

  std::size_t total() const { return rendered.head.size() + rendered.body.size(); }

  RequestReader reader;
  base::SteadyTime last_byte_at{};  ///< When the request was complete.
  Response response;
  RenderedResponse rendered;
  std::size_t sent = 0;  ///< Of total().
};

}  // namespace sovereign::http
