// A listening socket that shares its port with those of the other loops (SO_REUSEPORT), and stays
// calm when the process is out of file descriptors.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

#include "http/connection.hpp"

namespace sovereign::http {

class Listener {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using OnAccept = std::function<void(Socket, const Endpoint&)>;

  Listener(boost::asio::io_context& context, OnAccept on_accept);

  void open(const Endpoint& endpoint, boost::system::error_code& error);
  Endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
  void start() { wait(); }
  void close();

 private:
  void wait();
  void accept_some();
  void back_off();

  boost::asio::io_context& context_;
  OnAccept on_accept_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>
      acceptor_;
  boost::asio::steady_timer pause_;
};

/// Whether another socket listens there already, which SO_REUSEPORT would hide.
boost::system::error_code probe(const Listener::Endpoint& endpoint);

}  // namespace sovereign::http
