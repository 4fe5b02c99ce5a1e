# iqnrl hands on its headers, the language and its dependencies, and no flag or macro of its own.
foreach(property IN ITEMS INTERFACE_COMPILE_OPTIONS INTERFACE_COMPILE_DEFINITIONS INTERFACE_LINK_OPTIONS)
  get_target_property(value iqnrl::iqnrl ${property})
  if(value)
    message(FATAL_ERROR " iqnrl exports ${property} = ${value}; flags belong to who builds with it.")
  endif()
endforeach()
