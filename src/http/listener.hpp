// A listening socket: TCP, sharing its port with those of the other loops (SO_REUSEPORT), or
// Unix-domain. Stays calm when the process is out of file descriptors.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

#include "http/connection.hpp"

namespace sovereign::http {

class Listener {
 public:
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;
  using OnAccept = std::function<void(Socket, const Endpoint&)>;

  Listener(boost::asio::io_context& context, OnAccept on_accept);

  /// Binds; the endpoint then, with its port.
  boost::asio::ip::tcp::endpoint open(const boost::asio::ip::tcp::endpoint& endpoint,
                                      boost::system::error_code& error);
  /// Takes over a listening Unix-domain socket.
  void adopt(int descriptor, boost::system::error_code& error);
  void start();
  void close();

 private:
  void wait();
  void accept_some();
  void back_off();

  boost::asio::io_context& context_;
  OnAccept on_accept_;
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol,
                                     boost::asio::io_context::executor_type>
      acceptor_;
  boost::asio::steady_timer pause_;
};

/// Whether another socket listens there already, which SO_REUSEPORT would hide.
boost::system::error_code probe(const boost::asio::ip::tcp::endpoint& endpoint);

/// The same address, for an endpoint that is of TCP.
boost::asio::ip::tcp::endpoint to_tcp(const Listener::Endpoint& endpoint);

}  // namespace sovereign::http
