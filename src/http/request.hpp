// A request as handlers see it: parsed, limited, not yet interpreted. All views stay valid until
// the response has been handed to the socket.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"

namespace sovereign::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options };
inline constexpr std::size_t kMethodCount = 7;

/// "GET", "DELETE" ...
std::string_view to_string(Method method);
/// Methods are case-sensitive (RFC 9110 section 9.1); nullopt for one we do not know.
std::optional<Method> parse_method(std::string_view text);

struct Header {
  std::string_view name;
  std::string_view value;
};

/// What a caller is allowed to do with an API key; bit flags. Sessions have all of them.
enum class Scope : std::uint8_t {
  agents_read = 1,
  agents_write = 2,
  onboard = 4,
  federation_read = 8,
  admin = 16,
};

enum class PrincipalKind : std::uint8_t { user, api_key, agent };

/// Who sends the request, established before the handler runs.
struct Principal {
  PrincipalKind kind = PrincipalKind::user;
  base::Uuid subject;  ///< The account, or the agent.
  std::string email;   ///< Of the account; empty for agents.
  bool is_admin = false;
  std::uint8_t scopes = 0xff;    ///< Of Scope.
  std::string session;           ///< The JWT's jti, or the API key's id.
  base::Timestamp expires_at{};  ///< Of the credential.
  /// Which one of a credential that is replaced now and then, as a whole.
  std::uint64_t generation = 0;

  bool may(Scope scope) const { return (scopes & static_cast<std::uint8_t>(scope)) != 0; }
};

/// Values of the {names} in a route's path, percent-decoded, in order of appearance.
struct PathParameters {
  static constexpr std::size_t kMax = 4;
  std::array<std::string, kMax> values;
  std::size_t count = 0;
};

/// The process at the other end of a Unix-domain socket, as the kernel knew it when it connected.
struct LocalPeer {
  uid_t uid = 0;
  pid_t pid = 0;
  bool operator==(const LocalPeer&) const = default;
};

struct Route;
class IncomingBody;

struct Request {
  Method method = Method::get;
  std::string_view target;  ///< As sent: path and query.
  std::string_view path;    ///< Undecoded, without the query.
  std::string_view query;   ///< Undecoded, without '?'.
  std::span<const Header> headers;
  std::string_view body;  ///< Empty when it is streamed.
  /// The body of a route that streams it (incoming_body.hpp); null when there is none.
  IncomingBody* incoming = nullptr;
  std::string_view peer_address;   ///< Of the socket, as text without port; "unix" for a local one.
  std::optional<LocalPeer> peer;   ///< Only over the Unix-domain socket.
  std::uint16_t local_port = 0;    ///< The TCP port it came to; 0 over the Unix-domain socket.
  base::SteadyTime received_at{};  ///< When the first byte of it was read.
  base::SteadyTime deadline{};     ///< When the answer must be under way.

  // Filled in on the way to the handler.
  std::string client_address;  ///< peer_address, or what a trusted proxy says.
  std::string id;              ///< X-Request-Id.
  PathParameters parameters;
  std::optional<Principal> principal;
  const Route* route = nullptr;  ///< Null when no row matched.
  /// The program's name in the types of problems, `urn:<name>:problem:<word>`; empty before the
  /// pipeline has seen the request.
  std::string_view problem_namespace;

  /// The value of the first header of this name (any case), or empty.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

/// ASCII case-insensitive equality, as for header names.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sovereign::http
