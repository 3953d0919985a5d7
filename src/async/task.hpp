// The coroutine type of the project: an awaitable that ends in a Result.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/error.hpp"

namespace sovereign::async {

namespace asio = boost::asio;

/// A coroutine that yields a T or an Error. Awaited at once it may take references; when spawned
/// it must own its parameters.
template <typename T>
using Task = asio::awaitable<Result<T>>;

}  // namespace sovereign::async

namespace sovereign {
using async::Task;
}  // namespace sovereign
