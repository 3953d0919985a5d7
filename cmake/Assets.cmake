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
