// Calls the handlers of a route table as the server would, without a server: routing, inputs and
// answers are real; credentials are given, rate limits are left out.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/problem.hpp"
#include "http/router.hpp"

namespace sovereign::support {

struct RouteCall {
  http::Method method = http::Method::get;
  std::string target;
  std::string body = {};
  std::optional<http::Principal> principal = {};
  std::vector<http::Header> headers = {};
};

inline boost::asio::awaitable<void> keep_response(boost::asio::awaitable<http::Response> later,
                                                  http::Response& response) {
  response = co_await std::move(later);
}

class RouteCaller {
 public:
  explicit RouteCaller(http::RouteTable routes) : router_(std::move(routes)) {}

  /// 404 and 405 when no row matches.
  http::Response operator()(RouteCall call) const {
    http::Request request{
        .method = call.method, .target = call.target, .headers = call.headers, .body = call.body};
    const auto question = std::min(call.target.find('?'), call.target.size());
    request.path = request.target.substr(0, question);
    request.query = request.target.substr(std::min(question + 1, call.target.size()));
    request.id = "r-1";
    request.principal = std::move(call.principal);
    const auto match = router_.match(request.method, request.path, request.parameters);
    if (!std::holds_alternative<const http::Route*>(match)) {
      return http::problem(std::holds_alternative<http::NoSuchPath>(match) ? 404 : 405, "",
                           request);
    }
    request.route = std::get<const http::Route*>(match);
    auto handling = request.route->handler.run(request);
    if (auto* ready = std::get_if<http::Response>(&handling)) return std::move(*ready);
    http::Response response;
    boost::asio::io_context loop(1);
    boost::asio::co_spawn(
        loop,
        keep_response(std::move(std::get<boost::asio::awaitable<http::Response>>(handling)),
                      response),
        boost::asio::detached);
    loop.run();
    return response;
  }
  http::Response get(std::string target, std::optional<http::Principal> principal = {}) const {
    return (*this)({.target = std::move(target), .principal = std::move(principal)});
  }

  const http::RouteTable& routes() const { return router_.routes(); }

 private:
  http::Router router_;
};

inline http::Principal principal_of(base::Uuid subject) {
  return {.kind = http::PrincipalKind::user, .subject = subject};
}

}  // namespace sovereign::support
