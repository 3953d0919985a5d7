// The route table: one row an operation, with everything that is true of it: method, path, who may
// call it, which rate limit, what it takes and answers, and the handler. Dispatch, access checks,
// limits, metrics and OpenAPI all read this table.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "http/application.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "json/schema.hpp"

namespace sovereign::http {

/// Who may call an operation.
enum class Access {
  anonymous,  ///< Anyone; credentials are not looked at.
  optional,   ///< Anyone; who sends credentials must send good ones.
  user,       ///< A signed-in account, or an API key with the row's scope.
  admin,      ///< An account with the admin role (an API key needs the admin scope too).
  agent,      ///< An agent, by its own token.
};

/// Makes the schema of a body or an answer.
using SchemaMaker = json::Object (*)(json::Components&);

/// What runs for a row, with what it reads and answers for the documentation. Made by endpoint().
struct Handler {
  std::move_only_function<Handling(const Request&) const> run;
  SchemaMaker body = nullptr;
  bool body_is_form_too = false;
  bool body_is_optional = false;
  SchemaMaker query = nullptr;
  SchemaMaker answer = nullptr;  ///< Null: no content.
};

/// What OpenAPI says of a row beyond its types.
struct Documentation {
  std::string_view tag;
  std::string_view summary;
  std::string_view description = {};
  int success = 200;
  std::vector<int> errors = {};  ///< Those beyond what access, limit and body imply.
  /// Statuses besides `success` that come with the same kind of answer: bad news, not a problem.
  std::vector<int> unfavourable = {};
  std::string_view answer_type = kJson;
  std::string_view example_body = {};   ///< JSON text; a test sends it.
  std::string_view example_query = {};  ///< "q=weather&per_page=5"; a test sends it.
};

struct Route {
  Method method = Method::get;
  std::string_view path;       ///< "/api/v1/agents/{agent_id}"
  std::string_view operation;  ///< operationId, also the metrics' route label.
  Access access = Access::anonymous;
  Scope scope = Scope::agents_read;  ///< What an API key needs.
  std::string_view limit = {};       ///< Name of a rate limit policy, or empty.
  /// Set: the handler reads the body while it arrives, as bytes of any type.
  std::optional<StreamedBody> streamed_body = {};
  Handler handler;
  Documentation documentation;
};

using RouteTable = std::vector<Route>;

}  // namespace sovereign::http
