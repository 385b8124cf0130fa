# Which warnings the code is held to. They are errors in the dev preset and in CI.
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers)
if(USHER_WERROR)
  add_compile_options(-Werror)
endif()
