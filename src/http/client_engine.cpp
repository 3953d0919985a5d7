#include "http/client_engine.hpp"

#include <pthread.h>

#include <algorithm>
#include <new>
#include <utility>

namespace sovereign::http {
namespace {

constexpr std::size_t kSpareHandles = 32;
constexpr int kPollMilliseconds = 60'000;  // Orders and sockets wake the thread.

Error busy() {
  return {.code = ErrorCode::unavailable,
          .detail = "The other server cannot be asked now; try again in a moment.",
          .context = "too many outbound requests"};
}

Error stopped() {
  return {.code = ErrorCode::unavailable,
          .detail = "The server is stopping.",
          .context = "outbound client stopped"};
}

Error cancelled() {
  return {.code = ErrorCode::unavailable,
          .detail = "The request to the other server was cancelled.",
          .name = Client::kCancelled};
}

CURLM* make_multi(const ClientOptions& options) {
  static std::once_flag initialised;  // libcurl's own state; once a process, before any use.
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  const auto connections = static_cast<long>(options.connections);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(options.connections_per_host));
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  return multi;
}

}  // namespace

ClientEngine::ClientEngine(ClientOptions options)
    : options_(std::move(options)), multi_(make_multi(options_)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "http-client");
}

ClientEngine::~ClientEngine() { stop(); }

bool ClientEngine::post(OrderKind kind, const SharedTransfer& transfer) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return false;
  orders_.push_back({kind, transfer});
  curl_multi_wakeup(multi_.get());
  return true;
}

void ClientEngine::start(SharedTransfer transfer) {
  if (in_hand_.fetch_add(1) >= options_.requests) {
    --in_hand_;
    return transfer->conclude(busy());
  }
  if (post(OrderKind::start, transfer)) return;
  --in_hand_;
  transfer->conclude(stopped());
}

void ClientEngine::cancel(SharedTransfer transfer) { post(OrderKind::cancel, transfer); }

void ClientEngine::resume(SharedTransfer transfer) { post(OrderKind::resume, transfer); }

void ClientEngine::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    curl_multi_wakeup(multi_.get());
  }
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

ClientCounts ClientEngine::counts() const {
  return {.requests = requests_, .connections_opened = connections_opened_, .running = in_hand_};
}

void ClientEngine::run() {
  while (follow_orders()) {
    int still_running = 0;
    curl_multi_perform(multi_.get(), &still_running);
    collect_finished();
    end_silent_streams();
    curl_multi_poll(multi_.get(), nullptr, 0, poll_milliseconds(), nullptr);
  }
  end_all();
}

bool ClientEngine::follow_orders() {
  std::vector<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    orders.swap(orders_);
  }
  for (auto& order : orders) follow(order);
  return true;
}

void ClientEngine::follow(Order& order) {
  switch (order.kind) {
    case OrderKind::start: return add(std::move(order.transfer));
    case OrderKind::resume:
      if (running_.contains(order.transfer.get())) {
        order.transfer->resume(std::chrono::steady_clock::now());
      }
      return;
    case OrderKind::cancel:
      if (const auto transfer = remove(order.transfer.get())) transfer->conclude(cancelled());
      return;
  }
}

CurlHandle ClientEngine::take_handle() {
  if (spare_.empty()) return CurlHandle(curl_easy_init());
  auto handle = std::move(spare_.back());
  spare_.pop_back();
  return handle;
}

void ClientEngine::add(SharedTransfer transfer) {
  ++requests_;
  auto handle = take_handle();
  if (!handle) {
    --in_hand_;
    return transfer->conclude(busy());
  }
  transfer->prepare(std::move(handle), options_, std::chrono::steady_clock::now());
  curl_multi_add_handle(multi_.get(), transfer->handle());
  if (transfer->buffer() != nullptr) streams_.push_back(transfer.get());
  running_.emplace(transfer.get(), transfer);
}

ClientEngine::SharedTransfer ClientEngine::remove(ClientTransfer* transfer) {
  auto node = running_.extract(transfer);
  if (node.empty()) return nullptr;
  std::erase(streams_, transfer);
  long connects = 0;
  curl_easy_getinfo(transfer->handle(), CURLINFO_NUM_CONNECTS, &connects);
  connections_opened_ += static_cast<std::uint64_t>(connects);
  curl_multi_remove_handle(multi_.get(), transfer->handle());
  --in_hand_;
  return std::move(node.mapped());
}

void ClientEngine::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* context = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &context);
    const auto transfer = remove(reinterpret_cast<ClientTransfer*>(context));
    transfer->conclude(code);
    if (spare_.size() >= kSpareHandles) continue;
    auto handle = transfer->release_handle();
    curl_easy_reset(handle.get());
    spare_.push_back(std::move(handle));
  }
}

void ClientEngine::end_silent_streams() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<ClientTransfer*> silent;
  for (auto* stream : streams_) {
    if (const auto deadline = stream->deadline(); deadline && *deadline <= now) {
      silent.push_back(stream);
    }
  }
  for (auto* stream : silent) remove(stream)->conclude(ClientTransfer::timed_out());
}

int ClientEngine::poll_milliseconds() const {
  using std::chrono::milliseconds;
  auto wait = milliseconds(kPollMilliseconds);
  const auto now = std::chrono::steady_clock::now();
  for (const auto* stream : streams_) {
    const auto deadline = stream->deadline();
    if (!deadline) continue;
    wait = std::min(wait, std::chrono::ceil<milliseconds>(std::max(*deadline, now) - now));
  }
  return static_cast<int>(wait.count());
}

void ClientEngine::end_all() {
  while (!running_.empty()) remove(running_.begin()->first)->conclude(stopped());
  std::vector<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    orders.swap(orders_);
  }
  for (auto& order : orders) {
    if (order.kind != OrderKind::start) continue;
    --in_hand_;
    order.transfer->conclude(stopped());
  }
}

}  // namespace sovereign::http
