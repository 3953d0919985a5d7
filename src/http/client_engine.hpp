// The thread behind the outbound client: takes orders from any thread and drives all transfers
// with one libcurl multi handle, which keeps the connections.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/client.hpp"
#include "http/client_transfer.hpp"

namespace sovereign::http {

class ClientEngine {
 public:
  using SharedTransfer = std::shared_ptr<ClientTransfer>;

  explicit ClientEngine(ClientOptions options);
  ~ClientEngine();
  ClientEngine(const ClientEngine&) = delete;
  ClientEngine& operator=(const ClientEngine&) = delete;

  /// Any thread, all of them; none waits for the network. A transfer that cannot be taken is
  /// concluded at once.
  void start(SharedTransfer transfer);
  /// Concludes as `unavailable` named Client::kCancelled, unless it has ended.
  void cancel(SharedTransfer transfer);
  /// After a full stream buffer was emptied.
  void resume(SharedTransfer transfer);
  void stop();

  ClientCounts counts() const;

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  enum class OrderKind : std::uint8_t { start, cancel, resume };
  struct Order {
    OrderKind kind;
    SharedTransfer transfer;
  };

  bool post(OrderKind kind, const SharedTransfer& transfer);
  void run();
  /// False when it is time to stop.
  bool follow_orders();
  void follow(Order& order);
  void add(SharedTransfer transfer);
  void collect_finished();
  void end_silent_streams();
  int poll_milliseconds() const;
  CurlHandle take_handle();
  /// Takes the transfer off the wire; null when it is not on it.
  SharedTransfer remove(ClientTransfer* transfer);
  void end_all();

  const ClientOptions options_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unordered_map<ClientTransfer*, SharedTransfer> running_;
  std::vector<ClientTransfer*> streams_;  ///< Of those running.
  std::vector<CurlHandle> spare_;

  mutable std::mutex mutex_;
  std::vector<Order> orders_;
  bool is_stopping_ = false;
  std::mutex joining_;

  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> connections_opened_ = 0;
  std::atomic<std::uint64_t> in_hand_ = 0;  ///< Ordered and not concluded.

  std::thread thread_;
};

}  // namespace sovereign::http
