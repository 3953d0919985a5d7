// One run of a command: its connection to the daemon, and how it speaks to the person or script
// behind it. All it knows of agents comes over the daemon's API.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cli/exit_codes.hpp"
#include "core/home.hpp"
#include "http/local_client.hpp"
#include "json/parse.hpp"

namespace sovereign::opensentience {

/// What every command understands.
struct CommonOptions {
  bool json = false;  ///< Print the API's JSON instead of text.
  bool yes = false;   ///< Do not ask.
};

/// An answer of the daemon that is not a success; already told to the person.
struct Refusal {
  int exit_code = kFailed;
};

template <typename T>
using Answer = std::expected<T, Refusal>;

class Session {
 public:
  Session(core::Home home, CommonOptions options);

  const CommonOptions& options() const { return options_; }
  const core::Home& home() const { return home_; }
  const Clock& clock() const { return clock_; }

  /// Sends a request and returns the body of a 2xx answer. Starts the daemon when it is not there
  /// and the person says so. Everything else is explained on standard error.
  Answer<std::string> send(http::Method method, std::string target, std::string body = {});

  /// The body as JSON. An answer that is none is the daemon's fault, and said so.
  Answer<json::Value> get(std::string target);
  Answer<json::Value> post(std::string target, const json::Object& body = {});

  /// Passes on whole lines of a streamed answer until the callback says no or Ctrl-C comes.
  Answer<http::LocalResponse> stream(http::LocalRequest request,
                                     const http::LocalClient::OnBytes& on_line);

  /// Prints `answer` as JSON when that was asked for; whether it was.
  bool printed_as_json(const json::Value& answer) const;

  /// Asks, or takes --yes; without a terminal it is an error that names the flag.
  Answer<void> confirm(std::string_view question, std::string_view flag = "--yes") const;

  /// Tells what went wrong.
  Refusal explain(const Error& error) const;
  Refusal explain(const http::LocalResponse& response) const;

 private:
  Answer<json::Value> parse(std::string_view body) const;
  Answer<void> start_daemon();
  /// The program itself, in the background, with its log in a file.
  Result<void> spawn_daemon() const;

  core::Home home_;
  CommonOptions options_;
  base::SystemClock clock_;
  http::LocalClient client_;
  bool may_start_ = true;
};

/// Stops when Ctrl-C is pressed, for as long as it lives; a second Ctrl-C ends the program.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  std::stop_token token() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace sovereign::opensentience
