// A Redis server of our own, from Debian's package: on a Unix socket in a temporary folder, and on
// a free port of the loopback where a test needs one; gone with the thread that started it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_folder.hpp"

namespace sovereign::support {

class PrivateRedis {
 public:
  enum class Listen { unix_socket, tcp, tls, cluster_node };

  /// Starts it with further settings ("--requirepass", "secret"). Throws std::runtime_error saying
  /// what is missing.
  explicit PrivateRedis(Listen listen = Listen::unix_socket,
                        std::vector<std::string> settings = {});
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  /// The server of this test program, started when first asked for.
  static PrivateRedis& shared();

  /// How a program that trusts ca_file() reaches it. `credentials` is "user:password@".
  std::string url(std::string_view credentials = {}) const;
  /// The certificate of a server that speaks TLS, which signed itself, for "localhost".
  std::string ca_file() const { return folder_.file("certificate.pem"); }
  std::uint16_t port() const { return port_; }
  std::uint16_t bus_port() const { return bus_port_; }

  /// What redis-cli prints for a command. Throws when it fails.
  std::string ask(std::vector<std::string> words) const;

  /// SIGKILL; nothing of the data remains.
  void crash();
  /// Freezes or thaws it, as a lost network would.
  void freeze();
  void thaw();
  /// Starts it again, and returns when it takes connections.
  void start();

 private:
  std::vector<std::string> command() const;
  void make_certificate() const;
  std::string socket() const { return folder_.file("socket"); }

  const Listen listen_;
  const std::vector<std::string> settings_;
  TemporaryFolder folder_{"redis"};
  std::uint16_t port_ = 0;
  std::uint16_t bus_port_ = 0;  ///< Of a cluster's node.
  pid_t server_ = 0;
};

}  // namespace sovereign::support
