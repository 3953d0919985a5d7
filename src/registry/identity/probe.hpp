// The seam to the outside world for proofs of ownership: what is published under a name.
#pragma once

#include <string>
#include <vector>

#include "async/task.hpp"
#include "http/outbound.hpp"

namespace sovereign::registry {

class OwnershipProbe {
 public:
  virtual ~OwnershipProbe() = default;
  /// The body of a 200 answer to GET `url`. Error: `unprocessable`, saying what came instead.
  virtual Task<std::string> fetch(std::string url) = 0;
  /// The TXT records of `name`; none is no error. Error: `unprocessable`.
  virtual Task<std::vector<std::string>> txt_records(std::string name) = 0;
};

/// The real one, with OutboundClient's rules: no private addresses, no redirects, 4 KiB, 5 s.
class OutboundProbe final : public OwnershipProbe {
 public:
  explicit OutboundProbe(http::OutboundClient& client) : client_(client) {}
  Task<std::string> fetch(std::string url) override;
  Task<std::vector<std::string>> txt_records(std::string name) override;

 private:
  http::OutboundClient& client_;
};

}  // namespace sovereign::registry
