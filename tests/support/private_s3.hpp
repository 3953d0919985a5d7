// An S3 server of our own that checks signatures (s3_server.py): on a free port, objects in memory,
// gone with the program that started it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "support/temporary_folder.hpp"

namespace sovereign::support {

class PrivateS3 {
 public:
  static constexpr const char* kAccessKey = "test:tester";
  static constexpr const char* kSecret = "testing";
  static constexpr const char* kBucket = "agents";

  /// Starts it, and returns when it serves. Throws std::runtime_error saying what is missing.
  PrivateS3();
  ~PrivateS3();
  PrivateS3(const PrivateS3&) = delete;
  PrivateS3& operator=(const PrivateS3&) = delete;

  /// The server of this test program, started when first asked for.
  static PrivateS3& shared();

  /// "http://127.0.0.1:<port>"
  std::string endpoint() const { return "http://127.0.0.1:" + port_; }

 private:
  TemporaryFolder folder_{"s3"};
  pid_t process_ = 0;
  int input_ = -1;  // Its end tells the server to end.
  std::string port_;
};

}  // namespace sovereign::support
