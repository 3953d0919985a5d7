// Turns a member function with typed inputs and answer into a row's Handler:
//
//   Task<Reply<User>> AccountRoutes::register_account(const Request&, Json<Registration>);
//   .handler = endpoint(this, &AccountRoutes::register_account)
//
// Inputs are read and checked before the function runs; what they are also documents the row.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"
#include "http/route.hpp"
#include "json/read.hpp"
#include "json/schema.hpp"
#include "json/write.hpp"

namespace sovereign::http {

/// A typed answer.
template <typename T>
struct Reply {
  T value;
  int status = 200;
  std::string etag = {};
  std::string_view cache_control = "no-store";
  std::vector<ResponseHeader> headers = {};
};

/// The answer of an operation that has none: 204.
struct NoContent {};

/// A response made by hand (prepared bytes), documented as a T.
template <typename T>
struct Prepared {
  Response response;
};

/// A JSON body read by T's table.
template <json::Tabled T>
struct Json {
  T value;
};

/// A JSON body, or the same members as an HTML form.
template <json::Tabled T>
struct JsonOrForm {
  T value;
};

/// A JSON body that may be left out: all members at their defaults then.
template <json::Tabled T>
struct OptionalJson {
  T value;
};

/// Query parameters read by T's table.
template <json::Tabled T>
struct Query {
  T value;
};

/// `unsupported_media` unless the body is declared, or undeclared, JSON.
Result<void> expect_json(const Request& request);

namespace detail {

template <typename T>
json::Object request_schema(json::Components& components) {
  return json::schema_of<T>(components, json::Direction::request);
}

template <typename T>
json::Object answer_schema(json::Components& components) {
  return json::schema_of<T>(components, json::Direction::response);
}

template <typename Input>
struct Extract;

template <typename T>
struct Extract<Json<T>> {
  static void document(Handler& handler) { handler.body = &request_schema<T>; }
  static Result<Json<T>> from(const Request& request) {
    if (const auto checked = expect_json(request); !checked) return Failure(checked.error());
    auto value = json::read_text<T>(request.body);
    if (!value) return Failure(std::move(value.error()));
    return Json<T>{std::move(*value)};
  }
};

template <typename T>
struct Extract<OptionalJson<T>> {
  static void document(Handler& handler) {
    handler.body = &request_schema<T>;
    handler.body_is_optional = true;
  }
  static Result<OptionalJson<T>> from(const Request& request) {
    if (request.body.empty()) return OptionalJson<T>{};
    auto value = Extract<Json<T>>::from(request);
    if (!value) return Failure(std::move(value.error()));
    return OptionalJson<T>{std::move(value->value)};
  }
};

template <typename T>
struct Extract<JsonOrForm<T>> {
  static void document(Handler& handler) {
    handler.body = &request_schema<T>;
    handler.body_is_form_too = true;
  }
  static Result<JsonOrForm<T>> from(const Request& request) {
    auto form = read_form<T>(request.header("Content-Type"), request.body);
    if (!form) {
      auto value = Extract<Json<T>>::from(request);
      if (!value) return Failure(std::move(value.error()));
      return JsonOrForm<T>{std::move(value->value)};
    }
    if (!*form) return Failure(std::move(form->error()));
    return JsonOrForm<T>{std::move(**form)};
  }
};

template <typename T>
struct Extract<Query<T>> {
  static void document(Handler& handler) { handler.query = &request_schema<T>; }
  static Result<Query<T>> from(const Request& request) {
    auto value = read_query<T>(request.query);
    if (!value) return Failure(std::move(value.error()));
    return Query<T>{std::move(*value)};
  }
};

/// How each kind of answer becomes a Response, and what documents it.
template <typename Answer>
struct Render;

template <typename T>
struct Render<Reply<T>> {
  static constexpr SchemaMaker schema = &answer_schema<T>;
  static Response response(Reply<T> reply) {
    return Response{.status = reply.status,
                    .body = json::to_text(reply.value),
                    .etag = std::move(reply.etag),
                    .cache_control = reply.cache_control,
                    .headers = std::move(reply.headers)};
  }
};

template <typename T>
struct Render<Prepared<T>> {
  static constexpr SchemaMaker schema = &answer_schema<T>;
  static Response response(Prepared<T> prepared) { return std::move(prepared.response); }
};

template <>
struct Render<NoContent> {
  static constexpr SchemaMaker schema = nullptr;
  static Response response(NoContent) { return Response{.status = 204}; }
};

template <>
struct Render<Response> {
  static constexpr SchemaMaker schema = nullptr;
  static Response response(Response response) { return response; }
};

template <typename Answer>
Response finish(Result<Answer> result, const Request& request) {
  if (!result) return problem(result.error(), request);
  return Render<Answer>::response(std::move(*result));
}

/// Reads every input, left to right; the first that fails is the answer.
template <typename... Inputs>
Result<std::tuple<Inputs...>> extract(const Request& request) {
  std::tuple<std::optional<Inputs>...> read;
  std::optional<Error> error;
  const auto read_one = [&]<typename Input>(std::optional<Input>& slot) {
    if (error) return;
    auto value = Extract<Input>::from(request);
    if (value) {
      slot.emplace(std::move(*value));
    } else {
      error = std::move(value.error());
    }
  };
  std::apply([&](auto&... slots) { (read_one(slots), ...); }, read);
  if (error) return Failure(std::move(*error));
  return std::apply([](auto&... slots) { return std::tuple<Inputs...>(std::move(*slots)...); },
                    read);
}

template <typename Object, typename Answer, typename... Inputs>
boost::asio::awaitable<Response> run_task(Object* self,
                                          async::Task<Answer> (Object::*function)(const Request&,
                                                                                  Inputs...),
                                          const Request& request) {
  auto inputs = extract<Inputs...>(request);
  if (!inputs) co_return problem(inputs.error(), request);
  auto task = std::apply(
      [&](Inputs&... values) { return (self->*function)(request, std::move(values)...); }, *inputs);
  Result<Answer> result = co_await std::move(task);
  co_return finish<Answer>(std::move(result), request);
}

template <typename Answer, typename... Inputs>
Handler documented() {
  Handler handler;
  (Extract<Inputs>::document(handler), ...);
  handler.answer = Render<Answer>::schema;
  return handler;
}

}  // namespace detail

/// For a function that waits. `self` must outlive the route table.
template <typename Object, typename Answer, typename... Inputs>
Handler endpoint(Object* self, async::Task<Answer> (Object::*function)(const Request&, Inputs...)) {
  auto handler = detail::documented<Answer, Inputs...>();
  handler.run = [self, function](const Request& request) -> Handling {
    return detail::run_task<Object, Answer, Inputs...>(self, function, request);
  };
  return handler;
}

/// For a function that answers at once.
template <typename Object, typename Answer, typename... Inputs>
Handler endpoint(Object* self, Result<Answer> (Object::*function)(const Request&, Inputs...)) {
  auto handler = detail::documented<Answer, Inputs...>();
  handler.run = [self, function](const Request& request) -> Handling {
    auto inputs = detail::extract<Inputs...>(request);
    if (!inputs) return problem(inputs.error(), request);
    auto result = std::apply(
        [&](Inputs&... values) { return (self->*function)(request, std::move(values)...); },
        *inputs);
    return detail::finish<Answer>(std::move(result), request);
  };
  return handler;
}

}  // namespace sovereign::http
