// HTTP in, router call, HTTP out: tools, calls and confirmations. For the operator only.
#pragma once

#include "core/router/router.hpp"
#include "core/router/wire.hpp"
#include "http/endpoint.hpp"
#include "http/route.hpp"

namespace sovereign::core {

class RouterRoutes {
 public:
  /// `router` must outlive it, and it the table.
  explicit RouterRoutes(Router& router) : router_(router) {}

  void add_to(http::RouteTable& table);

 private:
  void add_tool_routes(http::RouteTable& table);
  void add_call_routes(http::RouteTable& table);
  void add_confirmation_routes(http::RouteTable& table);

  Result<http::Reply<ToolList>> list_tools(const http::Request& request,
                                           http::Query<ToolQuery> query);
  Result<http::Reply<ToolView>> get_tool(const http::Request& request);
  http::Handling call_tool(const http::Request& request);
  boost::asio::awaitable<http::Response> answer_call(const http::Request& request,
                                                     CallRequest call);
  Result<http::Reply<CallList>> list_calls(const http::Request& request);
  Result<http::Reply<CancelAnswer>> cancel_call(const http::Request& request);
  Task<http::Reply<ConfirmationList>> list_confirmations(const http::Request& request);
  Task<http::Reply<DecisionAnswer>> decide(const http::Request& request,
                                           http::Json<DecisionBody> body);

  Router& router_;
};

/// The call that a request asks for: the body is parsed once, and the input's text is what goes to
/// the agent. Errors: as the JSON reader's, `not_found` for a path that names no tool.
Result<CallRequest> read_call(const http::Request& request);

}  // namespace sovereign::core
