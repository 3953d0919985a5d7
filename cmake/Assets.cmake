# sovereign_assets(TARGET web folder files...): makes gzip copies of npm assets at build time, under
# ${PROJECT_BINARY_DIR}/assets, for #embed beside the originals.
function(sovereign_assets target root)
  set(out ${PROJECT_BINARY_DIR}/assets)
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME)
    add_custom_command(OUTPUT ${out}/${name} ${out}/${name}.gz
      COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
      COMMAND ${CMAKE_COMMAND} -E copy ${root}/${file} ${out}/${name}
      COMMAND gzip -9 -n -c ${root}/${file} > ${out}/${name}.gz
      DEPENDS ${root}/${file} VERBATIM)
    list(APPEND outputs ${out}/${name}.gz)
  endforeach()
  add_custom_target(${target}_assets DEPENDS ${outputs})
  add_dependencies(${target} ${target}_assets)
  target_compile_options(${target} PRIVATE --embed-dir=${out})
endfunction()

# sovereign_embed(source files...): names the files that a source embeds, so that a change of them is
# seen: neither ccache nor the compiler's dependency files know of #embed.
function(sovereign_embed source)
  set(digest)
  foreach(file IN LISTS ARGN)
    file(SHA256 ${file} one)
    string(APPEND digest ${one})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  string(SHA256 digest "${digest}")
  set_source_files_properties(${source} PROPERTIES
    OBJECT_DEPENDS "${ARGN}" COMPILE_DEFINITIONS EMBEDDED_FILES_${digest})
endfunction()
