from cosplay_action.cli import main

main()
