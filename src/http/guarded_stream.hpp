// A streamed answer that ends when who asked for it is not let in any more: a session that was
// closed must not go on listening.
#pragma once

#include <memory>

#include "http/authenticator.hpp"
#include "http/request.hpp"
#include "http/stream.hpp"

namespace sovereign::http {

/// `body` with a check before each of its writes. `authenticator` must outlive it.
std::unique_ptr<StreamBody> guard_stream(std::unique_ptr<StreamBody> body, Principal principal,
                                         const Authenticator& authenticator);

}  // namespace sovereign::http
