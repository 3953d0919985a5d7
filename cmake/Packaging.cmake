# Debian packages of both programs: `make deb` (the release preset, then CPack). One component a
# package; what they depend on is read off the programs.
include(GNUInstallDirs)

install(TARGETS agentvault-registry RUNTIME DESTINATION bin COMPONENT agentvault-registry)
install(FILES packaging/debian/config.toml DESTINATION /etc/agentvault-registry
  COMPONENT agentvault-registry)
install(FILES packaging/systemd/agentvault-registry.service
  DESTINATION lib/systemd/system COMPONENT agentvault-registry)
install(TARGETS opensentience RUNTIME DESTINATION bin COMPONENT opensentience)
install(FILES packaging/systemd/opensentience.service
  DESTINATION lib/systemd/user COMPONENT opensentience)
install(DIRECTORY sdk/elixir/opensentience_agent_sdk DESTINATION share/opensentience/sdk/elixir
  COMPONENT opensentience PATTERN _build EXCLUDE PATTERN deps EXCLUDE PATTERN test EXCLUDE)
foreach(package agentvault-registry opensentience)
  install(FILES LICENSE README.md CHANGELOG.md DESTINATION share/doc/${package}
    COMPONENT ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL agentvault-registry opensentience)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The Sovereign authors <packages@sovereign.invalid>")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
foreach(package agentvault-registry opensentience)
  string(TOUPPER ${package} name)
  set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${package})
endforeach()
set(CPACK_COMPONENT_AGENTVAULT-REGISTRY_DESCRIPTION
  "Federated registry of AI agents\n Developers publish agents, anyone finds them, across federated registries.")
set(CPACK_COMPONENT_OPENSENTIENCE_DESCRIPTION
  "Local core that runs AI agents safely\n Discovers, installs, approves, runs and audits third-party agents.")
set(CPACK_DEBIAN_AGENTVAULT-REGISTRY_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/packaging/debian/conffiles;${PROJECT_SOURCE_DIR}/packaging/debian/postinst;${PROJECT_SOURCE_DIR}/packaging/debian/postrm")
set(CPACK_DEBIAN_AGENTVAULT-REGISTRY_PACKAGE_RECOMMENDS "postgresql, redis-server")
set(CPACK_DEBIAN_OPENSENTIENCE_PACKAGE_DEPENDS "git")
set(CPACK_DEBIAN_OPENSENTIENCE_PACKAGE_RECOMMENDS "elixir")
include(CPack)
