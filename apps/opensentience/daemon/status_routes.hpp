// How the daemon is, for people, scripts and monitors.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "http/endpoint.hpp"

namespace sovereign::opensentience {

struct ReadinessPart {
  std::string name;
  std::string status;  ///< "ok" or what is wrong.
};

struct DaemonHealth {
  std::string status;  ///< "ok" or "degraded".
  std::vector<ReadinessPart> parts;
};

struct DaemonStatus {
  std::string version;
  std::string instance_id;
  std::string url;
  std::string home;
  std::int64_t pid = 0;
  base::Timestamp started_at{};
  std::int64_t agents_known = 0;
  std::int64_t agents_running = 0;
  std::int64_t agents_connected = 0;
  std::int64_t tools = 0;
  std::int64_t calls_under_way = 0;
};

class StatusRoutes {
 public:
  struct Sources {
    std::function<DaemonStatus()> status;
    std::function<DaemonHealth()> health;
    std::function<std::string()> metrics;
  };
  /// Called on the loop's thread.
  explicit StatusRoutes(Sources sources) : sources_(std::move(sources)) {}
  void add_to(http::RouteTable& table);

 private:
  Result<http::Reply<DaemonStatus>> status(const http::Request& request);
  Result<http::Prepared<DaemonHealth>> health(const http::Request& request);
  Result<http::Response> metrics(const http::Request& request);

  const Sources sources_;
};

}  // namespace sovereign::opensentience

template <>
struct sovereign::json::Table<sovereign::opensentience::ReadinessPart> {
  using T = sovereign::opensentience::ReadinessPart;
  static constexpr std::string_view name = "HealthPart";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.example = R"("audit_log")"}),
      field("status", &T::status, {.description = "ok, or what is wrong."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::opensentience::DaemonHealth> {
  using T = sovereign::opensentience::DaemonHealth;
  static constexpr std::string_view name = "DaemonHealth";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status, {.description = "ok, or degraded (with status 503)."}),
      field("parts", &T::parts),
  };
};

template <>
struct sovereign::json::Table<sovereign::opensentience::DaemonStatus> {
  using T = sovereign::opensentience::DaemonStatus;
  static constexpr std::string_view name = "DaemonStatus";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("version", &T::version),
      field("instance_id", &T::instance_id, {.description = "Another one after each start."}),
      field("url", &T::url, {.example = R"("http://127.0.0.1:6767")"}),
      field("home", &T::home),
      field("pid", &T::pid),
      field("started_at", &T::started_at),
      field("agents_known", &T::agents_known),
      field("agents_running", &T::agents_running),
      field("agents_connected", &T::agents_connected),
      field("tools", &T::tools, {.description = "That can be called now."}),
      field("calls_under_way", &T::calls_under_way),
  };
};
